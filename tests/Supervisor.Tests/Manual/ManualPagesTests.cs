using System.Diagnostics;
using System.Reflection;

namespace Supervisor.Tests.Manual;

/// <summary>Holds the manual pages to the tables. With SUPERVISOR_MANUAL=write they are written as they have to be.</summary>
public sealed class ManualPagesTests
{
    private static readonly string s_repository = typeof(ManualPagesTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!;

    [Theory]
    [InlineData("supervisor.1")]
    [InlineData("supervisor.json.5")]
    public void A_page_says_what_the_tables_say(string name)
    {
        var (file, made) = (PathOf(name), Make(name));
        if (Environment.GetEnvironmentVariable("SUPERVISOR_MANUAL") == "write")
            File.WriteAllText(file, made);
        Assert.True(made == File.ReadAllText(file), $"{file} is not what the tables say; SUPERVISOR_MANUAL=write dotnet test writes it");
    }

    [Fact]
    public void Every_verb_option_and_key_is_there()
    {
        var (commands, keys) = (File.ReadAllText(PathOf("supervisor.1")), File.ReadAllText(PathOf("supervisor.json.5")));
        Assert.All(Verb.All, verb => Assert.Equal(!verb.IsHidden, commands.Split('\n').Any(line => line == $".It Ic {verb.Name}" || line.StartsWith($".It Ic {verb.Name} ", StringComparison.Ordinal))));
        Assert.All(Option.All, option => Assert.Equal(!option.IsHidden, commands.Split('\n').Any(line => line.StartsWith(".It Fl", StringComparison.Ordinal) && line.Split(' ').Contains($"-{option.Name}"))));
        Assert.All(SupervisorKeys.All.Names.Concat(ServiceKeys.OfService.Names), key => Assert.Contains($"\n.It Cm {key}\n", keys, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("supervisor.1")]
    [InlineData("supervisor.json.5")]
    [InlineData("supervisor-web.1")]
    public async Task Mandoc_has_nothing_to_say(string name)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "mandoc"))), "mandoc is not installed (Debian: apt install mandoc)");
        using var mandoc = Process.Start(new ProcessStartInfo("mandoc", ["-T", "lint", PathOf(name)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, complained) = (mandoc.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), mandoc.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await mandoc.WaitForExitAsync(TestContext.Current.CancellationToken);
        // The one page names the other, which need not be installed here.
        var lines = $"{await said}{await complained}".Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("", string.Join('\n', lines.Where(line => !line.Contains("referenced manual not found: Xr supervisor", StringComparison.Ordinal))));
    }

    private static string PathOf(string name) => Path.GetFullPath(Path.Combine(s_repository, "packaging/man", name));

    private static string Make(string name) => name == "supervisor.1" ? ManualPages.OfCommands() : ManualPages.OfConfiguration(File.ReadAllText(Path.Combine(s_repository, "supervisor.schema.json")));
}
