using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Buries children. The owner of a leader is told of its end, and then, once, that all that came of it is gone, so that nothing of an old
/// process can meet the new one. Between the two the group can still be signalled: the kernel gives no id away while a group bears it.
/// </summary>
/// <param name="host">The machine.</param>
/// <param name="deadlines">When it is looked again.</param>
/// <param name="clock">The clock.</param>
/// <param name="onUnknown">Hears of an orphan that some service left, and nobody can tell which.</param>
internal sealed class Reaper(IProcessHost host, Deadlines deadlines, LoopClock clock, Action<ProcessEntry> onUnknown) : Deadline
{
    private static readonly TimeSpan ShortestGlance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestGlance = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<int, Owner> owners = [];
    private readonly List<Remains> remains = [];
    private readonly Dictionary<int, Stray?> orphans = [];
    private IReadOnlyList<ProcessEntry>? processes;
    private TimeSpan lookedAt;
    private bool isBlind;

    /// <summary>Whether something is about to be gone of which a successor would not hear.</summary>
    public bool IsWaitingForGroups => remains.Exists(rest => rest.Owner.OnLeft is null);

    /// <summary>Has <paramref name="onGone"/> called, once, when this child and its group are gone.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="onGone">Called in the end.</param>
    public void Watch(int pid, Action<ExitStatus> onGone) => Watch(pid, new Owner(onGone, null, null));

    /// <summary>The same for the process of a service, which may leave others behind. They are waited for, too.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="service">Its service. What left its group ends with it.</param>
    /// <param name="onGone">Called in the end.</param>
    /// <param name="onLeft">Called before that if it has ended and others live on.</param>
    public void Watch(int pid, string service, Action<ExitStatus> onGone, Action<ExitStatus> onLeft) => Watch(pid, new Owner(onGone, onLeft, service));

    /// <summary>Where orphans do not come home, its group has to be looked for among all processes once it has ended, and then nobody tells its start time.</summary>
    private void Watch(int pid, Owner owner)
    {
        processes = null; // It is not among them.
        owners.Add(pid, host.BringsOrphansHome ? owner : owner with { StartTime = host.StartTimeOf(pid) ?? "" });
    }

    /// <summary>Has the same done for processes that an earlier supervisor started; some may be children of ours, if we were started in its place.</summary>
    public void Adopt(IReadOnlyList<Adoption> adoptions)
    {
        processes = null;
        foreach (var adoption in adoptions)
        {
            var isStill = host.IsStill(adoption.Pid, adoption.StartTime);
            var proof = host.IsChild(adoption.Pid) ? null : new GroupProof(host, adoption.Pid, adoption.StartTime, isStill ? null : adoption.ProvenAt);
            var owner = new Owner(adoption.OnGone, adoption.OnLeft, adoption.Service) { Proof = proof, StartTime = adoption.StartTime, Generation = adoption.Generation, LastSignal = adoption.LastSignal };
            if (isStill)
                owners.Add(adoption.Pid, owner);
            else
                remains.Add(new(adoption.Pid, default, owner, clock.Now));
        }
        host.Adopt([.. adoptions.Where(one => OwnerOf(one.Pid, one.Service) is { Proof: not null }).Select(one => (one.Pid, one.StartTime))]);
    }

    /// <summary>
    /// Signals the group of a process that is not gone yet, and what left that group, and continues them: a stopped process sees no signal
    /// but SIGKILL. Any other id could be anybody's by now.
    /// </summary>
    /// <param name="pid">The process.</param>
    /// <param name="service">Its service; null for a command of the supervisor's own. An id may be used again.</param>
    /// <param name="signal">The signal.</param>
    public void Signal(int pid, string? service, string signal)
    {
        var rest = OwnerOf(pid, service) is null ? RestOf(pid, service) : null;
        if ((OwnerOf(pid, service) ?? rest?.Owner) is not { } owner)
            return;
        var missed = host.Missed;
        owner.LastSignal = signal;
        var haveAll = IsThere(pid, service, toGroup: true);
        if (haveAll)
            Kill(-pid, signal);
        foreach (var stray in rest?.Strays ?? [])
            haveAll &= Signal(stray, signal);
        if (haveAll || host.Missed == missed)
            return;
        owner.IsOwed = isBlind = true;
        deadlines.Set(this, NextGlance());
    }

    /// <summary>Sends a signal that is no part of stopping, so that nobody who comes to light later gets it, too.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="service">Its service.</param>
    /// <param name="signal">The signal.</param>
    /// <param name="toGroup">Whether its whole group gets it.</param>
    /// <returns>Whether there is anybody who is proven to be meant.</returns>
    public bool Send(int pid, string? service, string signal, bool toGroup)
    {
        var isThere = IsThere(pid, service, toGroup);
        if (isThere)
            host.Kill(toGroup ? -pid : pid, signal);
        return isThere;
    }

    /// <summary>Who lives of a process's group, and who left it. It may be asked about a thousand at once, so of all processes those will do that were seen a moment ago.</summary>
    public IReadOnlyList<string> MembersOf(int pid, string service)
    {
        var rest = RestOf(pid, service);
        HashSet<int> strays = [.. rest?.Strays.Select(stray => stray.Pid) ?? []];
        var seen = clock.Now - lookedAt > LongestGlance ? LookAgain() : Look();
        var members = seen.Where(process => (process.Group == pid && rest is not { IsGroupGone: true }) || strays.Contains(process.Pid));
        return [.. members.Where(process => host.StartTimeOf(process.Pid) == process.StartTime).Select(process => process.ToString())];
    }

    /// <summary>One who left the group of a process that has ended, for a group of its own; null for nobody.</summary>
    public ProcessEntry? StrayOf(int pid, string service) =>
        RestOf(pid, service)?.Strays.FirstOrDefault(stray => stray.LeadsGroup) is { } stray ? host.Find(stray.Pid) : null;

    /// <summary>Reaps all that have ended.</summary>
    public void Sweep()
    {
        while (host.PeekEnded() is { } pid)
            Bury(pid);
        if (isBlind)
            PayOwed();
        if (remains.Count > 0)
            foreach (var gone in TakeGone())
                gone.Owner.OnGone(gone.Status);
        foreach (var left in remains.FindAll(rest => !rest.IsTold))
        {
            left.IsTold = true;
            left.Owner.OnLeft?.Invoke(left.Status);
        }
        deadlines.Set(this, NextGlance());
    }

    /// <summary>Those who are dying may be no children of ours, so nobody tells that they are gone. The longer it takes, the less it matters.</summary>
    public override void OnDue(TimeSpan now) => Sweep();

    /// <summary>Kills whatever is left: groups, what left them, and orphans of whom nobody knows more.</summary>
    /// <returns>Whether anything is left.</returns>
    public bool KillRest()
    {
        foreach (var (pid, service) in owners.Select(one => (one.Key, one.Value.Service)).Concat(remains.Select(rest => (rest.Pid, rest.Owner.Service))).ToList())
            Signal(pid, service, "SIGKILL");
        int[] others = [.. host.Children().Union(host.Bearers().Select(bearer => bearer.Pid))];
        foreach (var pid in others)
            host.Kill(pid, "SIGKILL");
        return owners.Count > 0 || remains.Count > 0 || others.Length > 0;
    }

    private Owner? OwnerOf(int pid, string? service) => owners.TryGetValue(pid, out var owner) && owner.Service == service ? owner : null;

    private Remains? RestOf(int pid, string? service) => remains.Find(rest => rest.Pid == pid && rest.Owner.Service == service);

    private void Bury(int pid)
    {
        orphans.Remove(pid);
        var owned = owners.Remove(pid, out var owner);
        if (owned && owner!.OnLeft is null)
            host.Kill(-pid, "SIGKILL");
        var status = host.Reap(pid);
        if (!owned)
            return;
        if (!host.BringsOrphansHome)
            owner!.Proof ??= new(host, pid, owner.StartTime, null);
        owner!.Proof?.LeaderEnded();
        remains.Add(new(pid, status, owner, clock.Now));
    }

    /// <summary>There was no descriptor to look with at those who were to get a signal.</summary>
    private void PayOwed()
    {
        isBlind = false;
        foreach (var (pid, owner) in owners.Select(one => (one.Key, one.Value)).Concat(remains.Select(rest => (rest.Pid, rest.Owner))).Where(one => one.Item2.IsOwed).ToList())
        {
            owner.IsOwed = false;
            if (owner.LastSignal is { } signal)
                Signal(pid, owner.Service, signal);
        }
    }

    /// <summary>The youngest of those whose end nobody tells is the last of them.</summary>
    private TimeSpan? NextGlance()
    {
        if (remains.FindLast(rest => rest.Owner.Proof is not null || rest.Strays.Any(stray => !stray.IsChild)) is { } youngest)
            return clock.Now + TimeSpan.FromTicks(Math.Clamp((clock.Now - youngest.Since).Ticks / 4, ShortestGlance.Ticks, LongestGlance.Ticks));
        return isBlind ? clock.Now + LongestGlance : null;
    }

    private List<Remains> TakeGone()
    {
        processes = null;
        var missed = host.Missed;
        if (remains.Exists(rest => rest.Owner.Proof is not null))
            Look();
        if (isBlind |= host.Missed != missed) // A look that has missed some would be taken for proof that nobody is left.
            return [];
        var ended = remains.FindAll(rest => rest.Owner.Proof is { } proof ? proof.Members(Look()).Count == 0 : !host.HasChildIn(rest.Pid));
        ended.ForEach(rest => rest.IsGroupGone = true); // From here on its id may be anybody's.
        FindStrays(missed);
        if (isBlind = host.Missed != missed)
            return [];
        var gone = remains.FindAll(rest => rest.IsGroupGone && rest.Strays.Count == 0);
        remains.RemoveAll(gone.Contains);
        return gone;
    }

    /// <summary>All processes, as they were when it was last looked.</summary>
    private IReadOnlyList<ProcessEntry> Look() => processes ?? LookAgain();

    private IReadOnlyList<ProcessEntry> LookAgain()
    {
        var missed = host.Missed;
        var seen = host.Processes();
        (processes, lookedAt) = (host.Missed == missed ? seen : null, clock.Now); // Some may not have been seen.
        return seen;
    }

    /// <summary>
    /// Whether there is anybody who is proven to be meant. Of a leader that is no child, and of one that has ended, the id alone proves nothing.
    /// Orphans are our children where they come home, so "no child in that group" is proof, and cannot be fooled by a stranger who was given
    /// the id since.
    /// </summary>
    private bool IsThere(int pid, string? service, bool toGroup) => OwnerOf(pid, service) is { } owner
        ? owner.Proof is null || owner.Proof.HasLeader || (toGroup && HasMember(owner.Proof))
        : toGroup && RestOf(pid, service) is { IsGroupGone: false } rest && (rest.Owner.Proof is { } proof ? HasMember(proof) : host.HasChildIn(rest.Pid));

    private bool HasMember(GroupProof proof) => proof.HasMember(Look(), LookAgain);

    private void Kill(int target, string signal)
    {
        host.Kill(target, signal);
        if (signal != "SIGKILL")
            host.Kill(target, "SIGCONT");
    }

    /// <summary>Who left the groups of services that are to be gone. Who comes to light late gets the signal that the others have had.</summary>
    private void FindStrays(int missed)
    {
        if (!remains.Exists(rest => rest.Owner.Service is not null))
            return;
        List<Stray> strays = [.. Strays()];
        if (strays.Count == 0 && !remains.Exists(rest => rest.Strays.Count > 0))
            return;
        var found = strays.ToLookup(stray => stray.Service);
        foreach (var rest in remains)
        {
            var before = rest.Strays;
            var known = before.Where(stray => !stray.IsChild && host.StartTimeOf(stray.Pid) == stray.StartTime).ToList(); // It may lose its mark meanwhile.
            rest.Strays = rest.Owner.Service is { } service ? [.. found[service].Union(host.Missed == missed ? known : before)] : [];
            if (rest.Owner.LastSignal is { } signal)
                foreach (var late in rest.Strays.Except(before))
                    Signal(late, signal);
        }
    }

    /// <summary>
    /// Orphans that came home; their descent is proven, and their mark says of which service. What an earlier supervisor's processes let
    /// loose is no child of ours, and known by its mark alone.
    /// </summary>
    private IEnumerable<Stray> Strays()
    {
        var children = host.Children();
        foreach (var pid in children)
            if (!owners.ContainsKey(pid) && Classify(pid) is { } stray)
                yield return stray;
        var adopted = remains.FindAll(rest => rest.Owner is { Proof: not null, Service: not null });
        var all = adopted.Count > 0 ? Look() : [];
        foreach (var rest in adopted)
            foreach (var process in OfSession(rest, all).Where(process => !children.Contains(process.Pid)))
                yield return new(process.Pid, process.StartTime, rest.Owner.Service!, LeadsGroup: false, IsChild: false);
        if (adopted.Count == 0)
            yield break;
        foreach (var bearer in host.Bearers())
            if (!children.Contains(bearer.Pid) && !IsWatched(bearer.Group) && adopted.Exists(rest => rest.Owner.Service == bearer.Service && bearer.Generation <= rest.Owner.Generation))
                yield return new(bearer.Pid, bearer.StartTime, bearer.Service, LeadsGroup: false, IsChild: false);
    }

    /// <summary>Of a session that is proven, those who left the group; of another, those who show whose they are.</summary>
    private static IEnumerable<ProcessEntry> OfSession(Remains rest, IReadOnlyList<ProcessEntry> all) => rest.Owner.Proof!.Session.Count > 0
        ? rest.Owner.Proof.Session.Where(process => process.Group != rest.Pid)
        : rest.Owner.Proof.ClaimantsAmong(all, rest.Owner.Service!);

    private Stray? Classify(int pid)
    {
        if (orphans.TryGetValue(pid, out var known))
            return known;
        var missed = host.Missed;
        if (host.Find(pid) is not { } process || IsWatched(process.Group))
            return null;
        var kin = orphans.Values.Concat(remains.SelectMany(rest => rest.Strays)).FirstOrDefault(stray => stray?.Session == process.Session);
        var service = ServiceOfSession(process.Session) ?? host.BearerOf(pid)?.Service ?? kin?.Service;
        if (host.Missed != missed)
            return null;
        if (service is null)
            onUnknown(process);
        var isOfSession = process.Session == pid || (kin is not null && kin.Service == service);
        return orphans[pid] = service is null ? null : new(pid, process.StartTime, service, LeadsGroup: process.Group == pid, IsChild: true) { Session = isOfSession ? process.Session : null };
    }

    /// <summary>Whether this is the group of a process whose end will be, or is being, seen to.</summary>
    private bool IsWatched(int group) => owners.ContainsKey(group) || remains.Exists(rest => rest.Pid == group && !rest.IsGroupGone);

    private string? ServiceOfSession(int session) =>
        owners.TryGetValue(session, out var owner) ? owner.Service : remains.Find(rest => rest.Pid == session)?.Owner.Service;

    /// <summary>A child cannot be anybody else, nor can what it leads. Of others only the one is known that bears the mark.</summary>
    private bool Signal(Stray stray, string signal)
    {
        var isStill = stray.IsChild ? host.IsChild(stray.Pid) : host.StartTimeOf(stray.Pid) == stray.StartTime;
        if (isStill)
            Kill(stray.LeadsGroup ? -stray.Pid : stray.Pid, signal);
        return isStill;
    }

    /// <summary>Who is to hear of an end.</summary>
    /// <param name="OnGone">Called when all is gone.</param>
    /// <param name="OnLeft">Called before, where somebody is left; null for those whose group is killed at once.</param>
    /// <param name="Service">The service that it was; null for a command of the supervisor's own.</param>
    private sealed record Owner(Action<ExitStatus> OnGone, Action<ExitStatus>? OnLeft, string? Service)
    {
        /// <summary>What proves the group to be ours; null where its leader is our child, and orphans come home.</summary>
        public GroupProof? Proof { get; set; }

        /// <summary>When the leader started; empty where that is not needed.</summary>
        public string StartTime { get; init; } = "";

        /// <summary>Which process of its service it is; known only of one that an earlier supervisor started.</summary>
        public int Generation { get; init; }

        /// <summary>Whether it may not have got that, for nobody could look whether it still is the one.</summary>
        public bool IsOwed { get; set; }

        /// <summary>What it was last told; null for nothing.</summary>
        public string? LastSignal { get; set; }
    }

    /// <summary>What is left of a process that was reaped.</summary>
    private sealed record Remains(int Pid, ExitStatus Status, Owner Owner, TimeSpan Since)
    {
        public bool IsTold { get; set; }

        public bool IsGroupGone { get; set; }

        public IReadOnlyList<Stray> Strays { get; set; } = [];
    }

    /// <summary>Who left the group of its service's process.</summary>
    private sealed record Stray(int Pid, string StartTime, string Service, bool LeadsGroup, bool IsChild)
    {
        /// <summary>The session that it made, or that another stray of its service did: nobody comes into that but by birth. Null for any other.</summary>
        public int? Session { get; init; }
    }
}

/// <summary>A process that an earlier supervisor started.</summary>
/// <param name="Pid">Its id, and that of its group.</param>
/// <param name="StartTime">What proves it to be the one; empty if it is known to be dead.</param>
/// <param name="ProvenAt">The last moment at which it was known to be ours; empty if there was none.</param>
/// <param name="Service">Its service.</param>
/// <param name="Generation">Which process of it this is.</param>
/// <param name="LastSignal">What the earlier supervisor has sent it; null for nothing.</param>
/// <param name="OnGone">Called, once, when all that came of it is gone.</param>
/// <param name="OnLeft">Called before that if it has ended and others live on.</param>
internal sealed record Adoption(int Pid, string StartTime, string ProvenAt, string Service, int Generation, string? LastSignal, Action<ExitStatus> OnGone, Action<ExitStatus> OnLeft);
