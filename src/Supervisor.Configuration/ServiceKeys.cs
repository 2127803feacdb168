using System.Collections.Immutable;
using Files = System.Collections.Generic.IReadOnlyList<(string Path, Supervisor.Configuration.Place At)>;
using Limits = System.Collections.Immutable.ImmutableSortedDictionary<string, Supervisor.Os.ResourceLimit>;
using Variables = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;
using Words = System.Collections.Immutable.ImmutableArray<string>;

namespace Supervisor.Configuration;

/// <summary>The keys of a service and of <c>defaults</c>.</summary>
public static class ServiceKeys
{
    private static readonly Key<ServiceDraft> s_cmd =
        Config<Words>("cmd", CommandValue.Read, (config, value) => config with { Cmd = value });

    private static readonly Key<ServiceDraft> s_instances =
        Config<int>("instances", WholeNumber.Between(1, Instance.Most), (config, _) => config); // counted before all else: see Instance

    private static readonly ImmutableArray<Key<ServiceDraft>> s_shared =
    [
        Config<string>("working_dir", TextValue.FilePath, (config, value) => config with { WorkingDir = value }),
        Config<Variables>("environment", EnvironmentValue.Read, (config, value) => config with { Environment = Merge(config, value) }),
        Config<Files>("env_file", EnvFileValue.Read, (config, value) => config with { EnvFiles = [.. value.Select(file => file.Path)] }), // what is in them is read before all else: see ServicesReader
        Terms<Account>("user", IdentityValue.User, (terms, value) => terms with { User = value }),
        Terms<uint>("group", IdentityValue.Group, (terms, value) => terms with { Group = value }),
        Terms<uint>("umask", IdentityValue.Umask, (terms, value) => terms with { Umask = value }),
        Terms<Limits>("limits", LimitsValue.Read, (terms, value) => terms with { Limits = terms.Limits.SetItems(value) }),
        Terms<int>("nice", IdentityValue.Nice, (terms, value) => terms with { Nice = value }),
        Setting<int>("health_port", WholeNumber.Between(1, 65535), (draft, value) => draft with { HealthPort = value }),
        Setting<string>("health_path", TextValue.UrlPath, (draft, value) => draft with { HealthPath = value }),
        Config<Uri>("health_url", HttpUrl.Read, (config, value) => config with { HealthUrl = value }),
        Config<bool>("health_insecure", ChoiceValue.Flag, (config, value) => config with { HealthInsecure = value }),
        Config<string>("health_method", ChoiceValue.Method, (config, value) => config with { HealthMethod = value }),
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
        Spec<Dependencies>("depends_on", NamesValue.Read, (spec, value) => spec with { DependsOn = value.Names, Conditions = value.Conditions }),
        Spec<bool>("restart_dependents", ChoiceValue.Flag, (spec, value) => spec with { RestartDependents = value }),
        Config<bool>("autostart", ChoiceValue.Flag, (config, value) => config with { Autostart = value }),
        Config<long>("log_max_size", SizeValue.Read, (config, value) => config with { Log = config.Log with { MaxSize = value } }),
        Config<int>("log_keep", WholeNumber.Between(1, 1000), (config, value) => config with { Log = config.Log with { Keep = value } }),
        Config<bool>("log_compress", ChoiceValue.Flag, (config, value) => config with { Log = config.Log with { Compress = value } }),
    ];

    /// <summary>What a service may have.</summary>
    public static readonly KeyTable<ServiceDraft> OfService = new([s_cmd, s_instances, .. s_shared], ImmutableDictionary<string, string>.Empty);

    /// <summary>What <c>defaults</c> may have.</summary>
    public static readonly KeyTable<ServiceDraft> OfDefaults = new(
        s_shared,
        ImmutableDictionary<string, string>.Empty
            .Add("cmd", "cannot be a default; give each service a cmd of its own")
            .Add("instances", "cannot be a default; give each service that has instances a number of its own"));

    private static Variables Merge(ServiceConfig config, Variables own) => config.Environment.SetItems(own);

    /// <summary>A null is as if the key were not there; what <c>defaults</c> gives for it is left out: see ServicesReader.</summary>
    private static Key<ServiceDraft> Setting<T>(string name, ValueReader<T> read, Func<ServiceDraft, T, ServiceDraft> set)
    {
        var key = Key<ServiceDraft>.Of(name, read, set);
        return key with { Apply = (draft, at) => at.Node is Node.Literal { Value: null } ? draft : key.Apply(draft, at) };
    }

    private static Key<ServiceDraft> Config<T>(string name, ValueReader<T> read, Func<ServiceConfig, T, ServiceConfig> set) =>
        Setting<T>(name, read, (draft, value) => draft with { Config = set(draft.Config, value) });

    private static Key<ServiceDraft> Terms<T>(string name, ValueReader<T> read, Func<LaunchTerms, T, LaunchTerms> set) =>
        Config<T>(name, read, (config, value) => config with { Terms = set(config.Terms, value) });

    private static Key<ServiceDraft> Spec<T>(string name, ValueReader<T> read, Func<ServiceSpec, T, ServiceSpec> set) =>
        Config(name, read, (config, value) => config with { Spec = set(config.Spec, value) });
}
