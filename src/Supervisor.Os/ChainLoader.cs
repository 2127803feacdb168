using System.Globalization;
using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// Chain loading, as daemontools and s6 have it: this very program is started in the daemon's place, takes the steps that
/// only the process itself can take, and executes the daemon. It stays the same process all the while.
/// </summary>
public static unsafe class ChainLoader
{
    /// <summary>The word that makes this program a chain loader. It is for nobody to type, so no help tells of it.</summary>
    public const string Word = "exec-as";

    private const string End = "--";

    /// <summary>The exit code of what cannot be executed, as of env(1), nice(1) and chpst(8).</summary>
    public const int CannotExecute = 126;

    /// <summary>The exit code of what is not there.</summary>
    public const int NotFound = 127;

    // A variable that is meant for the daemon must not reach our own dynamic linker and runtime, which may still be root's:
    // LD_LIBRARY_PATH, for one, could lead into a folder of the daemon's user.
    private const string Ours = "SUPERVISOR_";
    private const string Carried = "SUPERVISOR_SET_";

    // Leads to the program that runs now, also if another lies in its place on disk.
    private static string Program => OperatingSystem.IsLinux() ? "/proc/self/exe" : Environment.ProcessPath ?? "supervisor";

    /// <summary>The same request, by way of a chain loader where one is needed.</summary>
    public static SpawnRequest By(LaunchTerms terms, SpawnRequest request)
    {
        var steps = terms.ToSteps();
        if (steps.IsEmpty)
            return request;
        return request with
        {
            Path = Program,
            Argv = ["supervisor", Word, .. steps, End, request.Path, .. request.Argv],
            Variables = [.. request.Variables.Select(variable => IsHarmless(variable.Key) ? variable : new(Carried + variable.Key, variable.Value))],
        };
    }

    /// <summary>The program that a request is for in the end.</summary>
    public static string ProgramOf(SpawnRequest request) =>
        request.Path == Program && request.Argv is [_, Word, ..] ? request.Argv[request.Argv.IndexOf(End) + 1] : request.Path;

    /// <summary>
    /// Takes the steps and becomes the program. Returns only if that failed, and then says why in the daemon's log. It needs no thread, for
    /// there may be none to be had.
    /// </summary>
    public static int Run()
    {
        try
        {
            using var words = OperatingSystem.IsLinux() ? new NativeStrings(ProcFiles.Bytes("/proc/self/cmdline")) : null;
            Execute(words is null ? *Libc.MacWords() : words.Pointer);
            return CannotExecute;
        }
        catch (LoadException e)
        {
            return Fail(e);
        }
    }

    /// <summary>
    /// Has this very process become another program, with the streams, the terminal and the session that it has. Returns only if that failed,
    /// and then says why.
    /// </summary>
    /// <param name="terms">What it is given.</param>
    /// <param name="request">The program, its words and variables, and its folder.</param>
    public static int Become(LaunchTerms terms, SpawnRequest request)
    {
        try
        {
            using var argv = new NativeStrings(request.Argv);
            using var envp = new NativeStrings(InheritedEnvironment.OfChildren, request.Variables);
            Check(Libc.ChangeFolder(request.WorkingDir), $"working_dir {request.WorkingDir}");
            Execute(terms.ToSteps(), request.Path, argv.Pointer, envp.Pointer);
            return CannotExecute;
        }
        catch (LoadException e)
        {
            return Fail(e);
        }
    }

    private static int Fail(LoadException e)
    {
        Standard.Error($"supervisor: could not be started: {e.Message}");
        return e.IsNotFound ? NotFound : CannotExecute;
    }

    private static bool IsHarmless(string name) => name.StartsWith(Ours, StringComparison.Ordinal) && !name.StartsWith(Carried, StringComparison.Ordinal);

    /// <param name="words">Our own name, the word, the steps, <c>--</c>, the program's path, and its words from its own name on, byte for byte.</param>
    private static void Execute(byte** words)
    {
        var steps = new List<string>();
        for (words += 2; Text(*words) is var word && word != End; words++)
            steps.Add(word);
        var path = Text(*++words);
        var (carried, others) = (new List<nint>(), new List<nint>());
        foreach (var variable in InheritedEnvironment.Whole)
            if (InheritedEnvironment.Text(variable).StartsWith("SUPERVISOR_SET_"u8))
                carried.Add(variable + Carried.Length);
            else
                others.Add(variable);
        using var envp = new NativeStrings(CollectionsMarshal.AsSpan(others), [], CollectionsMarshal.AsSpan(carried));
        Execute(steps, path, words + 1, envp.Pointer);
    }

    private static void Execute(IEnumerable<string> steps, string path, byte** argv, byte** envp)
    {
        UndoRuntime();
        foreach (var step in steps)
            Take(step);
        _ = Libc.Execute(path, argv, envp);
        var error = Marshal.GetLastPInvokeError();
        throw new LoadException(ProgramFile.Explain(path, error), error);
    }

    private static string Text(byte* word) => word is null ? throw new LoadException("it is called by the supervisor alone", 0) : SystemText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(word));

    /// <summary>The runtime ignores a signal and opens files; the daemon must inherit neither.</summary>
    private static void UndoRuntime()
    {
        foreach (var (name, signal) in Platform.Current.Signals)
            if (!SignalSource.OfRuntime.Contains(name)) // It is caught, and what is caught has its default in the next program.
                _ = Libc.Signal(signal, 0);
        SignalSource.Unblock();
        foreach (var name in Directory.GetFileSystemEntries("/dev/fd").Select(Path.GetFileName))
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) && descriptor > 2)
                _ = Libc.IoControl(descriptor, Platform.Current.CloseOnExec);
    }

    private static void Take(string step)
    {
        var (name, values) = (step[..step.IndexOf('=', StringComparison.Ordinal)], step[(step.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(':', 3));
        switch (name)
        {
            case "nice":
                Check(Libc.SetPriority(0, 0, int.Parse(values[0], CultureInfo.InvariantCulture)), $"nice {values[0]}");
                break;
            case "limit":
                var limit = stackalloc ulong[] { Number<ulong>(values[1]), Number<ulong>(values[2]) };
                Check(Libc.SetLimit(Platform.Current.Limits[values[0]], limit), $"limits.{values[0]}");
                break;
            case "groups":
                var group = Number<uint>(values[0]);
                Check(values[1].Length > 0 ? Libc.InitGroups(values[1], group) : Libc.SetGroups(1, &group), "supplementary groups");
                break;
            case "group":
                Check(Libc.SetGroup(Number<uint>(values[0])), $"group {values[0]}");
                break;
            case "user":
                Check(Libc.SetUser(Number<uint>(values[0])), $"user {values[1]}");
                break;
            case "umask":
                _ = Libc.SetUmask(Number<uint>(values[0]));
                break;
        }
    }

    private static T Number<T>(string text) where T : System.Numerics.INumber<T> => T.Parse(text, CultureInfo.InvariantCulture);

    private static void Check(int result, string what)
    {
        if (result != Libc.Ok)
            throw new LoadException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    /// <summary>A step failed.</summary>
    private sealed class LoadException(string message, int error) : Exception(message)
    {
        /// <summary>Whether there is no such program.</summary>
        public bool IsNotFound => error == Libc.NoSuchFile;
    }
}
