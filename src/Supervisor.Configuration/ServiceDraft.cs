using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>A service while it is read, or the defaults of all services.</summary>
/// <param name="Config">What is read so far, with <see cref="ServiceConfig.HealthUrl"/> only where it was given as such.</param>
public sealed record ServiceDraft(ServiceConfig Config) : Draft
{
    private const int MostPort = 65535;

    public int? HealthPort { get; init; }

    public string HealthPath { get; init; } = "/health";

    /// <summary>What was written in the defaults.</summary>
    private ImmutableSortedDictionary<string, string> Inherited { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What its files of variables hold.</summary>
    private ImmutableSortedDictionary<string, string> Variables { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    private Uri? PortUrl => HealthPort is { } port ? new Uri($"http://127.0.0.1:{port}{HealthPath}") : null;

    /// <summary>What a service is before any key is read.</summary>
    /// <param name="folder">The folder that it runs in.</param>
    /// <param name="variables">What its files of variables hold.</param>
    public static ServiceDraft Initial(string folder, ImmutableSortedDictionary<string, string> variables) =>
        new(new ServiceConfig { Spec = new ServiceSpec { Name = "" }, Cmd = [], WorkingDir = folder, Environment = variables }) { Variables = variables };

    /// <summary>A service that takes all this as its defaults.</summary>
    public ServiceDraft For(string name) => this with
    {
        Config = Config with { Spec = Config.Spec with { Name = name } },
        Given = Given.AsDefaults(),
        Inherited = Written,
        Written = ImmutableSortedDictionary<string, string>.Empty,
    };

    /// <summary>What an instance has of its own; a definition that stands for itself has nothing.</summary>
    public ServiceDraft ForInstance(Instance instance, string definition, Section service)
    {
        if (instance.Number is not { } number)
            return this;
        return this with
        {
            Config = Config with { Definition = definition, HealthTcp = PortOf("health_tcp", Config.HealthTcp, number, service) },
            HealthPort = PortOf("health_port", HealthPort, number, service),
        };
    }

    /// <summary>The port that counts for this instance: as many above the one that is given as its number.</summary>
    private int? PortOf(string key, int? first, int number, Section service)
    {
        if (first + number is not { } port || port <= MostPort)
            return first + number;
        var message = $"is too high for instance {number}, which would be checked on port {port}; the highest is {MostPort}";
        if (Given.Find(key) is { } at)
            at.Fail(message);
        else
            service.FailWithout(key, message);
        return first;
    }

    /// <summary>
    /// What counts for this service: its own, else that of the defaults; of environments both, for they are merged; of files of
    /// variables what is in them, too.
    /// </summary>
    private ImmutableSortedDictionary<string, string> WrittenInAll()
    {
        var all = Inherited.SetItems(Written);
        if (all.TryGetValue("env_file", out var files))
            all = all.SetItem("env_file", string.Join('\0', [files, .. Variables.Select(variable => $"{variable.Key}={variable.Value}")]));
        return Written.TryGetValue("environment", out var own) && Inherited.TryGetValue("environment", out var shared)
            ? all.SetItem("environment", $"{shared}+{own}")
            : all;
    }

    /// <summary>The finished service.</summary>
    public ServiceConfig Finish()
    {
        var url = Config.HealthUrl ?? PortUrl;
        var examination = Config.BeforeRestartCmd.IsEmpty ? TimeSpan.Zero : Config.BeforeRestartTimeout;
        var isChecked = url is not null || Config is { HealthTcp: not null } or { HealthCmd.IsEmpty: false };
        var variables = Config.Terms.User?.Variables().Where(variable => !Config.Environment.ContainsKey(variable.Key)) ?? [];
        return Config with
        {
            Written = WrittenInAll(),
            HealthUrl = url,
            Environment = Config.Environment.SetItems(variables),
            Spec = Config.Spec with { Checked = isChecked, Examination = examination },
        };
    }
}

/// <summary>A service that a definition stands for: itself, or one of several.</summary>
/// <param name="Name">The service's name.</param>
/// <param name="Number">From 1, or null for the definition itself.</param>
public sealed record Instance(string Name, int? Number)
{
    /// <summary>The most that one definition may stand for.</summary>
    public const int Most = 1000;

    /// <summary>The services of a definition.</summary>
    public static IEnumerable<Instance> Of(Member definition) => Count(definition) is { } count
        ? Enumerable.Range(1, count).Select(number => new Instance($"{definition.Name}-{number}", number))
        : [new(definition.Name, null)];

    /// <summary>The same definition with its number of instances expanded: what services there are is known before any variables of theirs.</summary>
    public static Member Counted(Section services, Member definition) => SectionValue.Find(services.Of(definition), "instances") is not { } count ? definition : definition with
    {
        Value = new Node.Object(definition.Value.Position, [.. ((Node.Object)definition.Value).Members.Select(member => member.Name == "instances" ? member with { Value = Expanded(count) } : member)]),
    };

    // Without its number nobody can guess which services an earlier supervisor left, so it is no lack that may pass.
    private static Node Expanded(Place count)
    {
        var problems = new ProblemList("");
        var value = Expansion.OfEnvironment.In(count with { Problems = problems }).Scalar;
        foreach (var problem in problems.InOrder())
            count.Fail(problem.Message);
        return value;
    }

    // A number that makes no sense is reported where it is read.
    private static int? Count(Member definition) =>
        (definition.Value as Node.Object)?.Members.FirstOrDefault(member => member.Name == "instances")?.Value is Node.Number { Value: >= 1 and <= Most and var count } && double.IsInteger(count)
            ? (int)count
            : null;
}

/// <summary>What services may be called. A name becomes part of file names, so it can hold no slash and begin with no dot.</summary>
public static class ServiceName
{
    private const int MaxLength = 63;

    /// <summary>The rule, in the words of an error message.</summary>
    public const string Rule = "a name is a letter or digit, then up to 62 of letters, digits, '.', '_' and '-'";

    /// <summary>Whether the rule holds.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(IsAllowed);

    private static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
}
