using System.Text.Json.Nodes;
using Supervisor.Kernel;

namespace Supervisor.Converters;

/// <summary>
/// A job with a group for each service, on the driver raw_exec, as nomad job run -json takes it: https://developer.hashicorp.com/nomad/api-docs/json-jobs.
/// Durations are in nanoseconds there.
/// </summary>
internal sealed class NomadExport(SupervisorConfig config, Report report) : Export(config, report)
{
    private const int Mebibyte = 1 << 20;
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    public override string Text()
    {
        Lose(Weight.Note, null, "driver", "raw_exec has to be enabled on the clients, where the programs, their folders and users have to be");
        return Json(new JsonObject
        {
            ["Job"] = new JsonObject
            {
                ["ID"] = Project,
                ["Name"] = Project,
                ["Type"] = "service",
                ["Datacenters"] = Strings(["*"]),
                ["TaskGroups"] = new JsonArray([.. Config.Services.Select(Group)]),
            },
        });
    }

    private JsonNode Group(ServiceConfig service)
    {
        var name = UniqueName(service);
        var spec = service.Spec;
        var task = new JsonObject
        {
            ["Name"] = name,
            ["Driver"] = "raw_exec",
            ["Config"] = new JsonObject { ["command"] = "/bin/sh", ["args"] = Strings(["-c", Prelude(service), .. service.Cmd.Select(Literal)]) },
            ["Env"] = new JsonObject(Variables(service, "keep it in Nomad's variables or in Vault, and name it in a template").Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
            ["KillTimeout"] = Nanoseconds(spec.StopTimeout),
            ["KillSignal"] = service.StopSignal,
        };
        if (service.Terms.User is { } user)
            task["User"] = user.Name;
        if (service.MemoryMax is { } bytes)
        {
            task["Resources"] = new JsonObject { ["MemoryMB"] = Math.Max(1, (int)Math.Min(int.MaxValue, bytes / Mebibyte)) };
            Lose(Weight.Danger, service, "memory_max", "is what is set aside for it; raw_exec does not hold it to that");
        }
        var group = new JsonObject
        {
            ["Name"] = name,
            ["Count"] = service.Autostart ? 1 : 0,
            // Nomad's delay does not grow; it goes on for ever, for no attempts are counted out.
            ["RestartPolicy"] = spec.Restart == RestartMode.No
                ? new JsonObject { ["Attempts"] = 0, ["Mode"] = "fail" }
                : new JsonObject { ["Attempts"] = 1, ["Interval"] = Nanoseconds(TimeSpan.FromSeconds(Math.Max(5, spec.BackoffInitial.TotalSeconds))), ["Delay"] = Nanoseconds(spec.BackoffInitial), ["Mode"] = "delay" },
            ["Tasks"] = new JsonArray(task),
        };
        if (spec.Restart == RestartMode.No)
            group["ReschedulePolicy"] = new JsonObject { ["Attempts"] = 0, ["Unlimited"] = false };
        AddCheck(group, task, service, name);
        LoseRest(service);
        return group;
    }

    private void LoseRest(ServiceConfig service)
    {
        var (spec, terms) = (service.Spec, service.Terms);
        foreach (var file in EnvFiles(service))
            Lose(Weight.Danger, service, "env_file", $"{Printable.Shorten(file)} is not read; use a template with env = true");
        LoseIf(spec.Restart == RestartMode.OnFailure, Weight.Danger, service, "restart", "a task of a service is also restarted after exit code 0; make it a batch job");
        LoseIf(spec.Restart == RestartMode.No, Weight.Danger, service, "restart", "a task of a service that ends with 0 is taken for failed; make it a batch job");
        LoseIf(spec.Restart == RestartMode.Always, Weight.Note, service, "backoff_max", "the delay between restarts does not grow");
        LoseIf(service.Environment.Values.Any(value => value.Contains("${", StringComparison.Ordinal)), Weight.Danger, service, "environment", "a ${NAME} in it is put in by Nomad, and cannot be escaped");
        LoseIf(spec.StopTimeout > MostPatience, Weight.Danger, service, "stop_timeout", $"is cut to max_kill_timeout of the client, {Duration.Format(MostPatience)} where it says nothing");
        LoseIf(spec.DependsOn.Count > 0, Weight.Danger, service, "depends_on", "all start at once; what needs another has to wait for it");
        LoseIf(terms.Group is not null, Weight.Danger, service, "group", "is that of the user");
        LoseIf(!terms.Limits.IsEmpty, Weight.Danger, service, "limits", "are those of the Nomad client");
        LoseCommon(service, "the output is kept by Nomad: see logs in its task");
    }

    private void AddCheck(JsonObject group, JsonObject task, ServiceConfig service, string name)
    {
        var spec = service.Spec;
        if (!spec.Checked)
            return;
        if (service.LocalPort is not { } port)
        {
            Lose(Weight.Danger, service, "health", "is not checked: without Consul, Nomad asks by HTTP or TCP, on a port of the machine");
            return;
        }
        const string Label = "health";
        group["Networks"] = new JsonArray(new JsonObject { ["ReservedPorts"] = new JsonArray(new JsonObject { ["Label"] = Label, ["Value"] = port }) });
        var check = new JsonObject
        {
            ["Name"] = Label,
            ["Type"] = service.HealthUrl is null ? "tcp" : "http",
            ["Interval"] = Nanoseconds(spec.HealthInterval),
            ["Timeout"] = Nanoseconds(service.HealthTimeout < ShortestInterval ? ShortestInterval : service.HealthTimeout),
            ["CheckRestart"] = new JsonObject { ["Limit"] = spec.HealthRetries, ["Grace"] = Nanoseconds(spec.HealthStartPeriod) },
        };
        if (service.HealthUrl is { } url)
        {
            check["Path"] = url.PathAndQuery;
            if (url.Scheme == Uri.UriSchemeHttps)
                (check["Protocol"], check["TLSSkipVerify"]) = ("https", service.HealthInsecure);
        }
        task["Services"] = new JsonArray(new JsonObject { ["Name"] = $"{Project}-{name}", ["Provider"] = "nomad", ["PortLabel"] = Label, ["Checks"] = new JsonArray(check) });
        if (spec.HealthInterval < ShortestInterval)
            check["Interval"] = Nanoseconds(ShortestInterval);
        LoseIf(spec.HealthInterval < ShortestInterval || service.HealthTimeout < ShortestInterval, Weight.Note, service, "health_interval", "no check is more frequent than once in a second");
        Lose(Weight.Danger, service, "health", "is asked at an address of the network: the program has to listen there, not on 127.0.0.1 alone");
    }

    /// <summary>What has to be done before the program, which then takes the shell's place.</summary>
    private static string Prelude(ServiceConfig service)
    {
        var folder = $"cd '{Literal(service.WorkingDir).Replace("'", "'\\''", StringComparison.Ordinal)}'";
        var umask = service.Terms.Umask is { } mask ? $" && umask {Convert.ToString(mask, 8).PadLeft(3, '0')}" : "";
        var nice = service.Terms.Nice is { } value ? $"nice -n {value} " : "";
        return $"{folder}{umask} && exec {nice}\"$0\" \"$@\"";
    }

    /// <summary>The configuration of a driver is a template of HCL, in which ${ and %{ begin an expression.</summary>
    private static string Literal(string text) => text.Replace("${", "$${", StringComparison.Ordinal).Replace("%{", "%%{", StringComparison.Ordinal);

    private static long Nanoseconds(TimeSpan time) => (long)(time.Ticks * 100m > long.MaxValue ? long.MaxValue : time.Ticks * 100m);
}
