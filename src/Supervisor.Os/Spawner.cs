using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// posix_spawn(3), for it returns the child's error instead of leaving a half-made child behind. The child leads a
/// session of its own and gets default signal dispositions (the runtime ignores SIGPIPE, which would be inherited),
/// an empty signal mask, /dev/null as stdin, its log as stdout and stderr, and nothing else.
/// </summary>
public static unsafe class Spawner
{
    // Larger than posix_spawnattr_t (336 bytes), posix_spawn_file_actions_t (80) and sigset_t (128) on either system.
    private const int OpaqueSize = 512;
    private const int SetSigDefault = 0x04;
    private const int SetSigMask = 0x08;

    /// <summary>The new process's id, or the error.</summary>
    public static SpawnResult Spawn(SpawnRequest request)
    {
        try
        {
            using var log = request switch
            {
                { LogPath: { } path } => OwnFile.OpenLog(path),
                { OutputPath: { } path } => OwnFile.OpenAnew(path),
                _ => File.OpenHandle("/dev/null", access: FileAccess.Write),
            };
            return Spawn(request, (int)log.DangerousGetHandle());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(0, e.Message);
        }
    }

    private static SpawnResult Spawn(SpawnRequest request, int output)
    {
        byte* attributes = stackalloc byte[OpaqueSize], actions = stackalloc byte[OpaqueSize];
        using var argv = new NativeStrings(request.Argv);
        using var envp = new NativeStrings(request.Environment);
        int pid, error;
        SetAttributes(attributes);
        Check(Libc.ActionsInit(actions));
        try
        {
            SetActions(actions, request, output);
            error = Libc.Spawn(&pid, request.Path, actions, attributes, argv.Pointer, envp.Pointer);
        }
        finally
        {
            _ = Libc.ActionsDestroy(actions);
            _ = Libc.AttributesDestroy(attributes);
        }
        return error == Libc.Ok ? new(pid, null) : new(0, Explain(request, error));
    }

    private static void SetAttributes(byte* attributes)
    {
        var set = stackalloc byte[OpaqueSize];
        var platform = Platform.Current;
        Check(Libc.AttributesInit(attributes));
        Check(Libc.AttributesSetFlags(attributes, (short)(SetSigDefault | SetSigMask | platform.SpawnSetSid | platform.SpawnCloseOnExecDefault)));
        // Not sigfillset: it leaves out the two signals that glibc keeps for itself, which would then be ignored.
        new Span<byte>(set, OpaqueSize).Fill(0xff);
        Check(Libc.AttributesSetSigDefault(attributes, set));
        Check(Libc.SigEmptySet(set));
        Check(Libc.AttributesSetSigMask(attributes, set));
    }

    private static void SetActions(byte* actions, SpawnRequest request, int output)
    {
        Check(Libc.ActionsAddOpen(actions, 0, "/dev/null", Libc.ReadOnly, 0));
        for (var descriptor = 1; descriptor <= 2; descriptor++)
            Check(Libc.ActionsAddDup2(actions, request.KeepsOutput ? descriptor : output, descriptor));
        if (request.ExtraDescriptor is { } extra)
            Check(Libc.ActionsAddDup2(actions, extra, 3));
        if (Platform.Current.SpawnCloseOnExecDefault == 0)
            Check(Libc.ActionsAddCloseFrom(actions, request.ExtraDescriptor is null ? 3 : 4));
        Check(Libc.ActionsAddChdir(actions, request.WorkingDir));
    }

    /// <summary>The error number alone does not say whether the folder or the program was meant.</summary>
    private static string Explain(SpawnRequest request, int error)
    {
        var culprit = Directory.Exists(request.WorkingDir) ? request.Path : request.WorkingDir;
        return $"{culprit}: {Marshal.GetPInvokeErrorMessage(error)}";
    }

    /// <summary>These fail for want of memory only.</summary>
    private static void Check(int error)
    {
        if (error != Libc.Ok)
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }
}

/// <summary>A null-terminated array of C strings, as argv and envp are.</summary>
public sealed unsafe class NativeStrings : IDisposable
{
    private readonly IReadOnlyList<string> strings;

    public NativeStrings(IReadOnlyList<string> strings)
    {
        this.strings = strings;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        for (var i = 0; i < strings.Count; i++)
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
