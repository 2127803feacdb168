using System.Collections.Immutable;
using Supervisor.Configuration.Values;
using Supervisor.Kernel;
using Variables = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;
using Words = System.Collections.Immutable.ImmutableArray<string>;

namespace Supervisor.Configuration;

/// <summary>The keys of a service and of <c>defaults</c>.</summary>
internal static class ServiceKeys
{
    private static readonly Key<ServiceDraft> s_cmd =
        Config<Words>("cmd", CommandValue.Read, (config, value) => config with { Cmd = value });

    private static readonly ImmutableArray<Key<ServiceDraft>> s_shared =
    [
        Config<string>("working_dir", TextValue.FilePath, (config, value) => config with { WorkingDir = value }),
        Config<Variables>("environment", EnvironmentValue.Read, (config, value) => config with { Environment = Merge(config, value) }),
        Health<int>("health_port", WholeNumber.Between(1, 65535), (draft, value) => draft with { HealthPort = value }),
        Health<string>("health_path", TextValue.UrlPath, (draft, value) => draft with { HealthPath = value }),
        Config<Uri>("health_url", HttpUrl.Read, (config, value) => config with { HealthUrl = value }),
        Config<bool>("health_insecure", ChoiceValue.Flag, (config, value) => config with { HealthInsecure = value }),
        Config<HttpMethod>("health_method", ChoiceValue.Method, (config, value) => config with { HealthMethod = value }),
        Config<int>("health_tcp", WholeNumber.Between(1, 65535), (config, value) => config with { HealthTcp = value }),
        Config<Words>("health_cmd", CommandValue.Read, (config, value) => config with { HealthCmd = value }),
        Spec<TimeSpan>("health_interval", DurationValue.Positive, (spec, value) => spec with { HealthInterval = value }),
        Config<TimeSpan>("health_timeout", DurationValue.Positive, (config, value) => config with { HealthTimeout = value }),
        Spec<int>("health_retries", WholeNumber.Between(1, 1000), (spec, value) => spec with { HealthRetries = value }),
        Spec<TimeSpan>("health_start_period", DurationValue.OrZero, (spec, value) => spec with { HealthStartPeriod = value }),
        Config<long>("memory_max", SizeValue.Read, (config, value) => config with { MemoryMax = value }),
        Spec<RestartMode>("restart", ChoiceValue.Restart, (spec, value) => spec with { Restart = value }),
        Spec<TimeSpan>("backoff_initial", DurationValue.OrZero, (spec, value) => spec with { BackoffInitial = value }),
        Spec<TimeSpan>("backoff_max", DurationValue.OrZero, (spec, value) => spec with { BackoffMax = value }),
        Spec<TimeSpan>("backoff_reset", DurationValue.OrZero, (spec, value) => spec with { BackoffReset = value }),
        Spec<int>("alert_after", WholeNumber.Between(0, 1_000_000), (spec, value) => spec with { AlertAfter = value }),
        Config<string>("stop_signal", ChoiceValue.Signal, (config, value) => config with { StopSignal = value }),
        Spec<TimeSpan>("stop_timeout", DurationValue.OrZero, (spec, value) => spec with { StopTimeout = value }),
        Config<Words>("before_restart_cmd", CommandValue.Read, (config, value) => config with { BeforeRestartCmd = value }),
        Config<TimeSpan>("before_restart_timeout", DurationValue.Positive, (config, value) => config with { BeforeRestartTimeout = value }),
        Spec<IReadOnlyList<string>>("depends_on", NamesValue.Read, (spec, value) => spec with { DependsOn = value }),
        Spec<bool>("restart_dependents", ChoiceValue.Flag, (spec, value) => spec with { RestartDependents = value }),
        Config<bool>("autostart", ChoiceValue.Flag, (config, value) => config with { Autostart = value }),
        Config<long>("log_max_size", SizeValue.Read, (config, value) => config with { Log = config.Log with { MaxSize = value } }),
        Config<int>("log_keep", WholeNumber.Between(1, 1000), (config, value) => config with { Log = config.Log with { Keep = value } }),
        Config<bool>("log_compress", ChoiceValue.Flag, (config, value) => config with { Log = config.Log with { Compress = value } }),
    ];

    private static readonly ImmutableDictionary<string, string> s_notYet = KeyTable.NotYet(
        "user", "group", "umask", "limits", "env_file");

    /// <summary>What a service may have.</summary>
    public static readonly KeyTable<ServiceDraft> OfService = new([s_cmd, .. s_shared], s_notYet);

    /// <summary>What <c>defaults</c> may have.</summary>
    public static readonly KeyTable<ServiceDraft> OfDefaults = new(
        s_shared, s_notYet.Add("cmd", "cannot be a default; give each service a cmd of its own"));

    private static Variables Merge(ServiceConfig config, Variables own) => config.Environment.SetItems(own);

    private static Key<ServiceDraft> Health<T>(string name, ValueReader<T> read, Func<ServiceDraft, T, ServiceDraft> set) =>
        Key<ServiceDraft>.Of(name, read, set);

    private static Key<ServiceDraft> Config<T>(string name, ValueReader<T> read, Func<ServiceConfig, T, ServiceConfig> set) =>
        Key<ServiceDraft>.Of<T>(name, read, (draft, value) => draft with { Config = set(draft.Config, value) });

    private static Key<ServiceDraft> Spec<T>(string name, ValueReader<T> read, Func<ServiceSpec, T, ServiceSpec> set) =>
        Config(name, read, (config, value) => config with { Spec = set(config.Spec, value) });
}
