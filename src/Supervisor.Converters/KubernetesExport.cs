using System.Globalization;
using System.Text.Json.Nodes;
using Supervisor.Kernel;

namespace Supervisor.Converters;

/// <summary>
/// A list of objects, as kubectl apply takes it: a Deployment for each service that runs for ever, a Job for each that ends, and a ConfigMap for variables.
/// https://kubernetes.io/docs/reference/kubernetes-api/
/// </summary>
/// <param name="config">The configuration.</param>
/// <param name="report">Where to say what is lost.</param>
/// <param name="image">The image that has all the programs.</param>
internal sealed class KubernetesExport(SupervisorConfig config, Report report, string image) : Export(config, report)
{
    public override string Text()
    {
        Lose(Weight.Danger, null, "cmd", $"the programs, their folders, files and users have to be in the image {Printable.Shorten(image)}");
        return Json(new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. Config.Services.SelectMany(Objects)]) });
    }

    private IEnumerable<JsonNode> Objects(ServiceConfig service)
    {
        var name = UniqueName(service);
        var variables = Variables(service, "put it into a Secret, and name that in envFrom");
        if (variables.Count > 0)
            yield return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = Metadata(name), ["data"] = new JsonObject(variables.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))) };
        var pod = Pod(service, name, variables.Count > 0);
        var spec = service.Spec;
        if (spec.Restart == RestartMode.Always)
        {
            yield return new JsonObject
            {
                ["apiVersion"] = "apps/v1",
                ["kind"] = "Deployment",
                ["metadata"] = Metadata(name),
                ["spec"] = new JsonObject
                {
                    ["replicas"] = service.Autostart ? 1 : 0,
                    ["strategy"] = new JsonObject { ["type"] = "Recreate" }, // never two
                    ["selector"] = new JsonObject { ["matchLabels"] = Labels(name) },
                    ["template"] = pod,
                },
            };
        }
        else
        {
            pod["spec"]!["restartPolicy"] = spec.Restart == RestartMode.OnFailure ? "OnFailure" : "Never";
            var job = new JsonObject { ["backoffLimit"] = spec.Restart == RestartMode.OnFailure ? int.MaxValue : 0, ["template"] = pod };
            if (!service.Autostart)
                job["suspend"] = true;
            yield return new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["metadata"] = Metadata(name), ["spec"] = job };
        }
        LoseIf(spec.DependsOn.Count > 0, Weight.Danger, service, "depends_on", "all start at once; what needs another has to wait for it, or an init container has to");
        LoseIf(service.Written.ContainsKey("backoff_initial") || service.Written.ContainsKey("backoff_max"), Weight.Note, service, "backoff_initial", "the delays are those of the kubelet: 10s, doubled up to 5m");
        LoseIf(service.StopSignal != "SIGTERM", Weight.Danger, service, "stop_signal", $"{service.StopSignal} is sent only if the image says so (STOPSIGNAL)");
        LoseCommon(service, "the output is kept by the kubelet");
    }

    private JsonObject Pod(ServiceConfig service, string name, bool hasVariables)
    {
        var container = new JsonObject { ["name"] = name, ["image"] = image, ["command"] = Strings(service.Cmd.Select(Literal)), ["workingDir"] = service.WorkingDir };
        var from = new JsonArray();
        if (hasVariables)
            from.Add((JsonNode)new JsonObject { ["configMapRef"] = new JsonObject { ["name"] = name } });
        foreach (var file in EnvFiles(service))
        {
            var secret = $"{name}-env{(from.Count > 1 ? $"-{from.Count}" : "")}";
            // What stands in the configuration goes before its files, so it comes after them.
            from.Insert(Math.Max(0, from.Count - (hasVariables ? 1 : 0)), new JsonObject { ["secretRef"] = new JsonObject { ["name"] = secret } });
            Lose(Weight.Danger, service, "env_file", $"has to be a Secret: kubectl create secret generic {secret} --from-env-file={Printable.Shorten(file)}");
        }
        if (from.Count > 0)
            container["envFrom"] = from;
        if (service.MemoryMax is { } bytes)
        {
            container["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = bytes.ToString(CultureInfo.InvariantCulture) } };
            Lose(Weight.Note, service, "memory_max", "the kernel kills a process at once that would need more");
        }
        AddProbes(container, service);
        AddIdentity(container, service);
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = Labels(name) },
            ["spec"] = new JsonObject { ["terminationGracePeriodSeconds"] = Seconds(service.Spec.StopTimeout), ["containers"] = new JsonArray(container) },
        };
    }

    /// <summary>$(NAME) would be a variable in a command.</summary>
    private static string Literal(string word) => word.Replace("$(", "$$(", StringComparison.Ordinal);

    private void AddProbes(JsonObject container, ServiceConfig service)
    {
        var spec = service.Spec;
        if (!spec.Checked)
            return;
        var period = Math.Max(1, Seconds(spec.HealthInterval));
        container["livenessProbe"] = Probe(service, period, spec.HealthRetries);
        container["startupProbe"] = Probe(service, period, Math.Max(1, Seconds(spec.HealthStartPeriod) / period + spec.HealthRetries));
        LoseIf(spec.HealthInterval.TotalSeconds % 1 != 0 || service.HealthTimeout.TotalSeconds % 1 != 0, Weight.Note, service, "health_interval", "intervals and timeouts are whole seconds there, so they were rounded up");
        LoseIf(service.HealthUrl is not null, Weight.Note, service, "health_port", "redirects and all of 200 to 399 count as healthy");
        LoseIf(service.LocalPort is not null, Weight.Danger, service, "health", "is asked from outside the pod: the program has to listen on all addresses, not on 127.0.0.1 alone");
    }

    private static JsonObject Probe(ServiceConfig service, int period, int failures)
    {
        var probe = new JsonObject { ["periodSeconds"] = period, ["timeoutSeconds"] = Math.Max(1, Seconds(service.HealthTimeout)), ["failureThreshold"] = failures };
        if (service.HealthUrl is { } url)
        {
            var get = new JsonObject { ["path"] = url.PathAndQuery, ["port"] = url.Port };
            if (url.Scheme == Uri.UriSchemeHttps)
                get["scheme"] = "HTTPS";
            if (!url.IsLoopback)
                get["host"] = url.Host;
            probe["httpGet"] = get;
        }
        else if (service.HealthTcp is { } port)
            probe["tcpSocket"] = new JsonObject { ["port"] = port };
        else
            probe["exec"] = new JsonObject { ["command"] = Strings(service.HealthCmd) };
        return probe;
    }

    private void AddIdentity(JsonObject container, ServiceConfig service)
    {
        var terms = service.Terms;
        if (terms.User is { } user)
            container["securityContext"] = new JsonObject { ["runAsUser"] = user.User, ["runAsGroup"] = terms.Group ?? user.Group };
        else if (terms.Group is { } group)
            container["securityContext"] = new JsonObject { ["runAsGroup"] = group };
        LoseIf(terms.Umask is not null, Weight.Danger, service, "umask", "is not set; the program or its image has to");
        LoseIf(!terms.Limits.IsEmpty, Weight.Danger, service, "limits", "are those of the node's container runtime");
        LoseIf(terms.Nice is not null, Weight.Note, service, "nice", "is not set; see requests and limits of cpu");
    }

    private JsonObject Metadata(string name) => new() { ["name"] = name, ["labels"] = Labels(name) };

    private JsonObject Labels(string name) => new() { ["app.kubernetes.io/name"] = name, ["app.kubernetes.io/part-of"] = Project };
}
