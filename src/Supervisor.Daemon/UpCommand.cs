using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Storage;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Daemon;

/// <summary>What the supervisor is started with.</summary>
/// <param name="Config">What to supervise.</param>
/// <param name="Lacks">What the machine lacks of that.</param>
/// <param name="ReadyDescriptor">Gets a line once requests are taken; null for none.</param>
/// <param name="Inherited">The descriptors that the program before it left, as text; null if there was none.</param>
internal sealed record DaemonOptions(SupervisorConfig Config, IReadOnlyList<Problem> Lacks, int? ReadyDescriptor, string? Inherited)
{
    /// <summary>Which end of a service ends the supervisor; null for none.</summary>
    public ExitRule? ExitRule { get; init; }

    /// <summary>A child that is none of its affair; null for none.</summary>
    public int? Apart { get; init; }

    /// <summary>What a successor has to be told besides.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];
}

/// <summary><c>up</c>: the supervisor itself, put together.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan SavePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    /// <summary>Supervises until it is told to stop; the exit code of the program. Signals are blocked in all threads by now.</summary>
    /// <exception cref="AlreadyRunningException">Another supervisor does.</exception>
    public static int Run(DaemonOptions options)
    {
        try
        {
            var config = options.Config;
            var inherited = options.Inherited is { } descriptors ? Successor.Parse(descriptors) : null;
            inherited?.SetClosing(true);
            using var folder = StateFolder.Take(config.StateDir, config.ControlGroup, inherited?.Lock);
            return Serve(options, folder, inherited);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Fail(e.Message);
        }
    }

    /// <summary>
    /// The configuration to start with; null, with every problem said, if it is wrong. What the machine lacks at the moment keeps nobody from
    /// going on with what an earlier supervisor left: it is for the one service that needs it to wait.
    /// </summary>
    public static SupervisorConfig? Accept(ConfigurationResult<SupervisorConfig> result, bool isSuccessor)
    {
        if (result.Value is not null || (result.Tentative is { } tentative && (isSuccessor || IsAnythingLeft(tentative))))
            return result.Tentative;
        foreach (var problem in result.Problems)
            Standard.Error(problem.ToString());
        return null;
    }

    /// <summary>Whether this program could take over: it can read what the running supervisor has written down, and share the folder as it is to.</summary>
    public static int CheckSuccession(SupervisorConfig config)
    {
        try
        {
            StateFile.Read(StatePaths.State(config.StateDir), ProcessIdentity.BootId());
            StateFolder.Share(config.StateDir, config.ControlGroup);
            return (int)ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or CopiedStateException)
        {
            return Fail(e.Message);
        }
    }

    /// <summary>
    /// The lock is given back before the last connection closes, so whoever sees it close may start the next supervisor.
    /// </summary>
    private static int Serve(DaemonOptions options, StateFolder folder, Successor? inherited)
    {
        var (config, time) = (options.Config, TimeProvider.System);
        using var machine = new Machine(config, time);
        var self = new SupervisorStatus(Environment.ProcessId, ProgramVersion.Current, time.GetUtcNow());
        var surroundings = machine.Surroundings;
        machine.SetApart(options.Apart);
        var bearers = inherited is null ? surroundings.Host.Bearers() : [];
        if (Rival(bearers) is { } rival)
            throw new AlreadyRunningException($"{rival.Pid}", $"it runs the services of this configuration from {rival.Folder}, though it does not hold the lock in {folder.Path}; stop it first, with kill {rival.Pid}");
        var written = ReadState(config, machine, time);
        // A program that is replaced in place has written down all that it did: marks say no more than that, unless it is lost.
        if (inherited is not null && written.Count == 0)
            bearers = surroundings.Host.Bearers();
        var heritage = Inheritance.Of(written, bearers, surroundings.Host, Deadlines.NowOn(time));
        if (MakeLogFolder(config) is { } obstacle && heritage.Count == 0)
            throw new IOException(obstacle);
        if (Weakness(config) is { } weakness)
            RefuseOrTell(weakness, heritage.Count > 0, machine, self.StartedAt);
        machine.Tell(inherited is null
            ? new(self.StartedAt, null, "supervisor_started", $"started (pid {self.Pid}, version {self.Version})") { Pid = self.Pid }
            : new(self.StartedAt, null, "upgraded", $"upgraded in place (pid {self.Pid}, now version {self.Version})") { Pid = self.Pid });
        foreach (var problem in options.Lacks)
            machine.Tell(new(self.StartedAt, null, "lacking", $"goes on all the same: {problem}") { Reason = problem.ToString() });
        var loop = new SupervisorLoop(config, self, surroundings, heritage) { ExitRule = options.ExitRule };
        if (inherited is not null)
            loop.Commands.Inherit(Environment.GetEnvironmentVariable(Successor.CommandsVariable) ?? "");
        machine.Open(loop, folder, inherited?.Listener);
        SayReady(options.ReadyDescriptor);
        loop.Start();
        machine.WatchAdopted();
        // What it took to read the configuration and to start everything is not needed again; left alone, it would stay.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        loop.Run();
        while (loop.IsHandingOver)
        {
            loop.Stay(HandOver(options, loop, machine, folder));
            loop.Run();
        }
        var code = loop.ExitCode;
        loop.Close();
        machine.Flush(LastWords);
        machine.Retire();
        folder.Clear();
        folder.Dispose();
        machine.Close(LastWords);
        return code;
    }

    /// <summary>As root: who else could have us write anywhere, by one of the folders that we write to; null for nobody.</summary>
    private static string? Weakness(SupervisorConfig config) =>
        (OwnFolder.Weakness(config.StateDir), OwnFolder.Weakness(config.LogDir)) switch
        {
            ({ } weakness, _) => $"state_dir: {weakness}",
            (_, { } weakness) => $"log_dir: {weakness}",
            _ => null,
        };

    /// <summary>Nobody's daemons are left alone for that.</summary>
    private static void RefuseOrTell(string weakness, bool isLeftRunning, Machine machine, DateTimeOffset now)
    {
        var text = $"{weakness}, who could have root write anywhere; chown root and chmod go-w it, or name another folder";
        if (!isLeftRunning)
            throw new IOException(text);
        machine.Tell(new(now, null, "unsafe_folder", $"{text}; going on, as there are services to go on with"));
    }

    /// <summary>Executes the successor. Returns only if that cannot be, with the reason. What is told but not yet written would end with this program.</summary>
    private static string HandOver(DaemonOptions options, SupervisorLoop loop, Machine machine, StateFolder folder)
    {
        machine.Save(loop.Records());
        if (!machine.Flush(SavePatience))
            return $"the state cannot be saved within {Wording.Duration(SavePatience)}";
        // Only now: meanwhile, lock and socket may have been made anew.
        var successor = new Successor(folder.Descriptor, machine.Listener);
        return loop.IsHandingOver ? successor.Execute(options.Config.File, options.Words, loop.Commands.Legacy) : "the supervisor is shutting down";
    }

    /// <summary>
    /// Another supervisor that lives, and is the parent of services of ours: its state folder was deleted or moved away, or is reached by another
    /// path by now. None of ours is an ancestor: a supervisor may run another, and adopts its services when that dies.
    /// </summary>
    private static (int Pid, string Folder)? Rival(IReadOnlyList<Bearer> bearers)
    {
        var ancestors = new HashSet<int>();
        for (int? pid = Environment.ProcessId; pid is > 0 && ancestors.Add(pid.Value);)
            pid = ProcessStat.Read(pid.Value)?.Parent;
        foreach (var parent in bearers.Where(bearer => bearer.Generation > 0).Select(bearer => bearer.Parent).Where(parent => parent > 1 && !ancestors.Contains(parent)).Distinct())
            if (ProcFiles.Text($"/proc/{parent}/comm") == "supervisor\n")
                return (parent, new FileInfo($"/proc/{parent}/cwd").LinkTarget ?? "/");
        return null;
    }

    /// <summary>What prevents it; null if it is there.</summary>
    private static string? MakeLogFolder(SupervisorConfig config)
    {
        try
        {
            Directory.CreateDirectory(config.LogDir);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = e is UnauthorizedAccessException ? FileOwner.Denied(config.LogDir) : e.Message;
            return $"log_dir: the folder {config.LogDir} is not there and cannot be made ({reason}); make it, or name another";
        }
    }

    private static bool IsAnythingLeft(SupervisorConfig config)
    {
        try
        {
            return StateFile.Read(StatePaths.State(config.StateDir), ProcessIdentity.BootId()).Count > 0 || Machine.HostOf(config).Bearers().Count > 0;
        }
        catch (CopiedStateException)
        {
            return Machine.HostOf(config).Bearers().Count > 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return true; // There is something, and what it is will be seen.
        }
    }

    /// <summary>What an earlier supervisor wrote down. Where processes say themselves whose they are, nonsense does no harm; nor does what speaks of others.</summary>
    private static IReadOnlyList<ServiceRecord> ReadState(SupervisorConfig config, Machine machine, TimeProvider time)
    {
        try
        {
            return StateFile.Read(StatePaths.State(config.StateDir), ProcessIdentity.BootId());
        }
        catch (Exception e) when (e is CopiedStateException || (e is InvalidDataException && OperatingSystem.IsLinux()))
        {
            machine.Tell(new(time.GetUtcNow(), null, "state_lost", $"{e.Message}; going on with what is found running"));
            return [];
        }
    }

    /// <summary>A line on the descriptor that was asked for, as s6 has its readiness notification.</summary>
    private static void SayReady(int? descriptor)
    {
        if (descriptor is not { } number)
            return;
        _ = Descriptors.Write(number, "ready\n"u8);
        Descriptors.Close(number);
    }

    private static int Fail(string message)
    {
        Standard.Error($"supervisor: {message}");
        return (int)ExitCode.Failed;
    }
}
