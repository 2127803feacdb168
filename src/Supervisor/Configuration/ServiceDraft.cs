using System.Collections.Immutable;
using Supervisor.Kernel;

namespace Supervisor.Configuration;

/// <summary>A service while it is read, or the defaults of all services.</summary>
/// <param name="Config">What is read so far, with <see cref="ServiceConfig.HealthUrl"/> only where it was given as such.</param>
internal sealed record ServiceDraft(ServiceConfig Config) : Draft
{
    public int? HealthPort { get; init; }

    public string HealthPath { get; init; } = "/health";

    /// <summary>What was written in the defaults.</summary>
    private ImmutableSortedDictionary<string, string> Inherited { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    private Uri? PortUrl => HealthPort is { } port ? new Uri($"http://127.0.0.1:{port}{HealthPath}") : null;

    /// <summary>What a service is before any key is read.</summary>
    public static ServiceDraft Initial(string folder) =>
        new(new ServiceConfig { Spec = new ServiceSpec { Name = "" }, Cmd = [], WorkingDir = folder });

    /// <summary>A service that takes all this as its defaults.</summary>
    public ServiceDraft For(string name) => this with
    {
        Config = Config with { Spec = Config.Spec with { Name = name } },
        Given = Given.AsDefaults(),
        Inherited = Written,
        Written = ImmutableSortedDictionary<string, string>.Empty,
    };

    /// <summary>What counts for this service: its own, else that of the defaults; of environments both, for they are merged.</summary>
    private ImmutableSortedDictionary<string, string> WrittenInAll()
    {
        var all = Inherited.SetItems(Written);
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
        return Config with { Written = WrittenInAll(), HealthUrl = url, Spec = Config.Spec with { Checked = isChecked, Examination = examination } };
    }
}
