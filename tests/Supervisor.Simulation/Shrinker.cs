using System.Text;

namespace Supervisor.Simulation;

/// <summary>
/// Makes a failing run as short as it gets while it still fails in the same way: fewer acts, fewer services, less time.
/// </summary>
internal static class Shrinker
{
    /// <summary>Nobody reads how each of many broken kernels fails; to tell it shortly would take longer than to find it.</summary>
    private static readonly bool IsBrief = Environment.GetEnvironmentVariable("SIMULATED_MUTANT") is not null;

    /// <summary>The seed, and the shortest trace that still fails.</summary>
    public static string Shrink(Failure failure)
    {
        if (IsBrief)
            return $"seed {failure.Scenario.Seed}: {failure.Cause.Message}";
        var best = failure;
        for (var chunk = best.Scenario.Acts.Count; chunk >= 1; chunk /= 2)
            best = WithoutActs(best, chunk);
        best = WithoutServices(best);
        return Tell(best);
    }

    private static Failure WithoutActs(Failure best, int chunk)
    {
        for (var start = 0; start < best.Scenario.Acts.Count;)
        {
            var acts = best.Scenario.Acts;
            var fewer = best.Scenario with { Acts = [.. acts.Take(start), .. acts.Skip(start + chunk)] };
            if (Retry(best, fewer) is { } still)
                best = still;
            else
                start += chunk;
        }
        return best;
    }

    private static Failure WithoutServices(Failure best)
    {
        for (var i = best.Scenario.Services.Count - 1; i >= 0 && best.Scenario.Services.Count > 1; i--)
        {
            var services = best.Scenario.Services.ToList();
            var gone = services[i].Spec.Name;
            services.RemoveAt(i);
            services = [.. services.Select(service => service with { Spec = service.Spec with { DependsOn = [.. service.Spec.DependsOn.Where(name => name != gone)] } })];
            best = Retry(best, best.Scenario with { Services = services }) ?? best;
        }
        return best;
    }

    private static Failure? Retry(Failure best, Scenario scenario) =>
        Failure.Of(scenario, out _) is { } failure && failure.Kind == best.Kind ? failure : null;

    private static string Tell(Failure failure)
    {
        var trace = new List<string>();
        Failure.Of(failure.Scenario, out _, trace);
        var text = new StringBuilder($"seed {failure.Scenario.Seed} ({failure.Scenario.Profile}) breaks {failure.Cause.Message}\n");
        foreach (var service in failure.Scenario.Services)
            text.Append($"  {service.Spec}\n");
        foreach (var line in trace.TakeLast(60))
            text.Append($"  {line}\n");
        return failure.Cause is Violation ? text.ToString() : text.Append(failure.Cause).Append('\n').ToString();
    }
}
