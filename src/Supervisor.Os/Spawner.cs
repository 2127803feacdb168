using System.Runtime.InteropServices;
using System.Text;

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
        using var envp = new NativeStrings(InheritedEnvironment.OfChildren, request.Variables);
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
            Check(Libc.ActionsAddDup2(actions, request.OutputDescriptor ?? output, descriptor));
        if (request.ExtraDescriptor is { } extra)
            Check(Libc.ActionsAddDup2(actions, extra, 3));
        if (Platform.Current.SpawnCloseOnExecDefault == 0)
            Check(Libc.ActionsAddCloseFrom(actions, request.ExtraDescriptor is null ? 3 : 4));
        Check(Libc.ActionsAddChdir(actions, request.WorkingDir));
    }

    /// <summary>The error number alone does not say whether the folder or the program was meant.</summary>
    private static string Explain(SpawnRequest request, int error) => FileOwner.IsFolder(request.WorkingDir)
        ? ProgramFile.Explain(ChainLoader.ProgramOf(request), error)
        : $"working_dir {request.WorkingDir} {(FileOwner.Exists(request.WorkingDir) ? "is not a folder" : "does not exist")}";

    /// <summary>These fail for want of memory only.</summary>
    private static void Check(int error)
    {
        if (error != Libc.Ok)
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
    }
}

/// <summary>A null-terminated array of C strings, as argv and envp are, in one piece of memory.</summary>
public sealed unsafe class NativeStrings : IDisposable
{
    /// <summary>These texts.</summary>
    public NativeStrings(IReadOnlyList<string> strings)
    {
        var size = 0;
        foreach (var text in strings)
            size += Encoding.UTF8.GetByteCount(text) + 1;
        var next = Allocate(strings.Count, size);
        for (var i = 0; i < strings.Count; i++)
        {
            var length = SystemText.Encode(strings[i], new Span<byte>(next, size));
            Pointer[i] = next;
            next[length] = 0;
            next += length + 1;
            size -= length + 1;
        }
    }

    /// <summary>An environment: what is inherited, and variables that are added or take the place of those of the same name.</summary>
    /// <param name="inherited">Addresses of <c>NAME=value</c>, which have to stay valid.</param>
    /// <param name="more">Of several of one name, the last counts.</param>
    /// <param name="carried">Some more, by address.</param>
    public NativeStrings(ReadOnlySpan<nint> inherited, IReadOnlyList<KeyValuePair<string, string>> more, ReadOnlySpan<nint> carried = default)
    {
        var size = 0;
        foreach (var (name, value) in more)
            size += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value) + 2;
        var next = Allocate(inherited.Length + more.Count + carried.Length, size);
        Count = 0;
        foreach (var variable in carried)
            Pointer[Count++] = (byte*)variable;
        for (var i = more.Count - 1; i >= 0; i--)
        {
            var text = new Span<byte>(next, size);
            var named = SystemText.Encode(more[i].Key, text);
            text[named++] = (byte)'=';
            if (Has(text[..named]))
                continue;
            var length = named + SystemText.Encode(more[i].Value, text[named..]);
            text[length] = 0;
            Pointer[Count++] = next;
            next += length + 1;
            size -= length + 1;
        }
        var added = Count;
        foreach (var variable in inherited)
            if (InheritedEnvironment.Text(variable) is var text && !Has(text[..(text.IndexOf((byte)'=') + 1)], added))
                Pointer[Count++] = (byte*)variable;
        Pointer[Count] = null;
    }

    /// <summary>These bytes as they are, in which each string ends with a zero: as proc(5) has the words and variables of a process.</summary>
    public NativeStrings(ReadOnlySpan<byte> strings)
    {
        var next = Allocate(strings.Count((byte)0), strings.Length);
        strings.CopyTo(new Span<byte>(next, strings.Length));
        for (var i = 0; i < Count; i++, next += new ReadOnlySpan<byte>(next, int.MaxValue).IndexOf((byte)0) + 1)
            Pointer[i] = next;
    }

    public byte** Pointer { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    public void Dispose() => NativeMemory.Free(Pointer);

    /// <summary>Whether one of the first begins like this.</summary>
    private bool Has(ReadOnlySpan<byte> start, int? among = null)
    {
        for (var i = 0; i < (among ?? Count); i++)
            if (MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Pointer[i]).StartsWith(start))
                return true;
        return false;
    }

    private byte* Allocate(int count, int size)
    {
        Count = count;
        Pointer = (byte**)NativeMemory.Alloc((nuint)((count + 1) * sizeof(byte*)) + (nuint)size);
        Pointer[count] = null;
        return (byte*)(Pointer + count + 1);
    }
}
