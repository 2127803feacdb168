using Supervisor.Kernel;

namespace Supervisor.Configuration;

/// <summary>A service while it is read, or the defaults of all services.</summary>
/// <param name="Config">What is read so far, with <see cref="ServiceConfig.HealthUrl"/> only where it was given as such.</param>
internal sealed record ServiceDraft(ServiceConfig Config) : Draft
{
    public int? HealthPort { get; init; }

    public string HealthPath { get; init; } = "/health";

    private Uri? PortUrl => HealthPort is { } port ? new Uri($"http://127.0.0.1:{port}{HealthPath}") : null;

    /// <summary>What a service is before any key is read.</summary>
    public static ServiceDraft Initial(string folder) =>
        new(new ServiceConfig { Spec = new ServiceSpec { Name = "" }, Cmd = [], WorkingDir = folder });

    /// <summary>A service that takes all this as its defaults.</summary>
    public ServiceDraft For(string name) => this with
    {
        Config = Config with { Spec = Config.Spec with { Name = name } },
        Given = Given.AsDefaults(),
    };

    /// <summary>The finished service.</summary>
    public ServiceConfig Finish()
    {
        var url = Config.HealthUrl ?? PortUrl;
        var examination = Config.BeforeRestartCmd.IsEmpty ? TimeSpan.Zero : Config.BeforeRestartTimeout;
        var variables = Config.Terms.User?.Variables().Where(variable => !Config.Environment.ContainsKey(variable.Key)) ?? [];
        return Config with { HealthUrl = url, Environment = Config.Environment.SetItems(variables), Spec = Config.Spec with { Checked = url is not null, Examination = examination } };
    }
}
