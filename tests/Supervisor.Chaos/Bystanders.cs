using System.Collections.Immutable;

namespace Supervisor.Chaos;

/// <summary>Those services to whom nothing is done: whatever becomes of supervisors and neighbours, their processes stay the same.</summary>
internal sealed class Bystanders(Run run, Watcher watcher)
{
    private ImmutableDictionary<string, Proc> before = ImmutableDictionary<string, Proc>.Empty;

    /// <summary>Remembers who they are.</summary>
    public void Remember() => before = Now();

    /// <summary>Whether they still are the same.</summary>
    public void Check(IReadOnlyList<ServiceView> services)
    {
        var now = Now();
        run.Findings.Expect(before.Count == run.Fleet.Bystanders.Count, $"only {before.Count} bystanders were there");
        foreach (var (name, process) in before)
        {
            var same = now.TryGetValue(name, out var other) && (other.Pid, other.StartTime) == (process.Pid, process.StartTime);
            run.Findings.Count("outlived", "daemons disturbed", same ? 0 : 1);
            run.Findings.Expect(same, $"{name} was process {process}, and is {other}\n{run.Subject.Transcript.Tail(name, 20)}");
        }
        foreach (var service in services.Where(service => before.ContainsKey(service.Name)))
            run.Findings.Expect(service.Restarts == 0, $"nothing was done to it, and yet: {service}");
    }

    private ImmutableDictionary<string, Proc> Now() =>
        watcher.Copies().Where(copy => copy.Target.IsBystander).ToImmutableDictionary(copy => copy.Target.Name, copy => copy.Process);
}
