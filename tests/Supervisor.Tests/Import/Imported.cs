using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Supervisor.Tests.Configuration;

namespace Supervisor.Tests.Import;

/// <summary>Another program's configuration, converted.</summary>
/// <param name="Json">The configuration that came of it.</param>
/// <param name="Losses">What was reported, without the name of the file.</param>
internal sealed record Imported(string Json, IReadOnlyList<string> Losses)
{
    private static readonly JsonDocumentOptions WithComments = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>What is wrong on one machine and right on another: programs, folders, files, users, and what those may.</summary>
    private static readonly string[] OfThisMachine = ["no executable", "does not exist", ".user:", ".group:", ".env_file", ".limits"];

    /// <summary>Converts a file that lies in the folder that is written to, unless that is said.</summary>
    public static Imported From(string name, byte[] content, string? folder = null, string? target = null)
    {
        var losses = new ProblemList(name);
        var conversion = new Conversion(folder ?? "/", target ?? folder ?? "/");
        new ImportSource(name, content, losses).Convert(conversion);
        return new(ConfigurationText.Of(conversion.Services, name), [.. losses.InOrder().Select(loss => loss.ToString()[(name.Length + 1)..])]);
    }

    public static Imported From(string name, string text, string? folder = null, string? target = null) => From(name, Encoding.UTF8.GetBytes(text), folder, target);

    /// <summary>The services, which the reader of configurations takes, on a machine that has the programs, folders and users.</summary>
    public JsonObject Services
    {
        get
        {
            Assert.DoesNotContain(Read.Problems(Json), problem => !OfThisMachine.Any(problem.Contains));
            return JsonNode.Parse(Json, documentOptions: WithComments)!["services"]!.AsObject();
        }
    }

    /// <summary>That a key has this value; or, where this version has no such key, that this was said at this place.</summary>
    public Imported Has(string service, string key, string value, string place)
    {
        if (ServiceKeys.OfService.Names.Contains(key))
            Assert.Equal(value, Services[service]![key]?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        else
            Assert.Contains(Losses, loss => loss.EndsWith($"{place}: is not carried over: it would be {key}, which this version does not have", StringComparison.Ordinal));
        return this;
    }

    /// <summary>That something was said at this place: a path, or line and column and path.</summary>
    public Imported Lost(string place, string reason)
    {
        Assert.Contains(Losses, loss => loss.Contains($"{place}: is not carried over: ", StringComparison.Ordinal) && loss.Contains(reason, StringComparison.Ordinal));
        return this;
    }
}
