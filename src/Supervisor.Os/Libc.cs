using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// The C library, imports only. Unless a comment says otherwise, -1 is failure and the last P/Invoke error holds errno.
/// Variadic functions are called with their fixed arguments alone: Apple's arm64 passes the others differently.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int Ok = 0;
    public const int NoSuchFile = 2;
    public const int NoSuchDevice = 6;
    public const int NoSpace = 28;
    public const int BrokenPipe = 32;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int WaitAll = 0;
    public const int WaitOne = 1;
    public const int WaitGroup = 2;
    public const int WaitNoHang = 1;
    public const int WaitExited = 4;

    public const int Interrupted = 4;
    public const int NoMemory = 12;
    public const int TooManyFilesOpen = 23; // ENFILE: of the whole system
    public const int TooManyOwnFilesOpen = 24; // EMFILE: of this process
    public const int AddressUnix = 1;
    public const int AddressInternet = 2;
    public const int Stream = 1;

    // linux/falloc.h, linux/inotify.h: the same on every architecture.
    public const int FallocateKeepSize = 1;
    public const int FallocatePunchHole = 2;
    public const int FallocateCollapseRange = 8;
    public const uint NotifyModify = 2;
    public const uint NotifyOneShot = 0x80000000;

    /// <summary>open(2) of a file that exists: a new descriptor.</summary>
    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>fstat(2) into a struct stat, of which only the owner and the inode are read.</summary>
    [LibraryImport(Library, EntryPoint = "fstat", SetLastError = true)]
    public static partial int FStat(int descriptor, byte* stat);

    /// <summary>stat(2) into a struct stat, of which only the size is read.</summary>
    [LibraryImport(Library, EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Stat(string path, byte* stat);

    /// <summary>pipe(2): the reading end, then the writing end.</summary>
    [LibraryImport(Library, EntryPoint = "pipe", SetLastError = true)]
    public static partial int Pipe(int* ends);

    /// <summary>lseek(2): the offset, or -1 with ESPIPE for a pipe, a FIFO or a socket.</summary>
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int descriptor, long offset, int whence);

    /// <summary>
    /// copy_file_range(2), Linux only: the number of bytes copied, which may be fewer than asked for; 0 at the end of the
    /// file. ENOSPC for a full disk; EXDEV, EINVAL, ENOSYS or EOPNOTSUPP where the file system cannot.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "copy_file_range", SetLastError = true)]
    public static partial nint CopyFileRange(int from, long* fromOffset, int to, long* toOffset, nuint length, uint flags);

    /// <summary>splice(2), Linux only: the number of bytes moved; 0 at the end of the file. One of the two is a pipe, whose offset is null.</summary>
    [LibraryImport(Library, EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nuint length, uint flags);

    /// <summary>fallocate(2), Linux only: EOPNOTSUPP where the file system cannot, EINVAL for a range that it does not take.</summary>
    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Fallocate(int descriptor, int mode, long offset, long length);

    /// <summary>inotify_init1(2), Linux only: a descriptor; EMFILE for too many of this user.</summary>
    [LibraryImport(Library, EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int NotifyInit(int flags);

    /// <summary>inotify_add_watch(2), Linux only: the watch, the same again for the same file. ENOENT if it is not there, ENOSPC for too many.</summary>
    [LibraryImport(Library, EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int NotifyAdd(int descriptor, string path, uint mask);

    /// <summary>inotify_rm_watch(2), Linux only. A last event tells of it, which wakes whoever reads.</summary>
    [LibraryImport(Library, EntryPoint = "inotify_rm_watch", SetLastError = true)]
    public static partial int NotifyRemove(int descriptor, int watch);

    /// <summary>read(2): the number of bytes; EINTR after a signal.</summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint size);

    /// <summary>flock(2): EWOULDBLOCK when another open file holds it.</summary>
    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);

    /// <summary>kill(2): a negative pid is a process group; signal 0 only asks. ESRCH for nobody there.</summary>
    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>waitid(2): with WNOHANG, 0 and a si_pid of 0 when none has ended; ECHILD for no such child.</summary>
    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int idType, uint id, byte* sigInfo, int options);

    /// <summary>wait4(2): the pid that was reaped; 0 with WNOHANG when it has not ended.</summary>
    [LibraryImport(Library, EntryPoint = "wait4", SetLastError = true)]
    public static partial int Wait4(int pid, int* status, int options, byte* usage);

    /// <summary>getrusage(2) of RUSAGE_SELF, which is 0.</summary>
    [LibraryImport(Library, EntryPoint = "getrusage", SetLastError = true)]
    public static partial int GetUsage(int who, byte* usage);

    /// <summary>posix_spawn(3): 0, or the error number itself; errno is not set.</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Spawn(int* pid, string path, byte* actions, byte* attributes, byte** argv, byte** envp);

    // The posix_spawn_file_actions_* and posix_spawnattr_* functions return 0 or the error number itself.
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsAddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsAddDup2(byte* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ActionsAddChdir(byte* actions, string path);

    /// <summary>glibc 2.34 and later; macOS has POSIX_SPAWN_CLOEXEC_DEFAULT instead.</summary>
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int ActionsAddCloseFrom(byte* actions, int from);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int AttributesInit(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int AttributesDestroy(byte* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int AttributesSetSigDefault(byte* attributes, byte* set);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int AttributesSetSigMask(byte* attributes, byte* set);

    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    public static partial int SigEmptySet(byte* set);

    [LibraryImport(Library, EntryPoint = "sigaddset", SetLastError = true)]
    public static partial int SigAddSet(byte* set, int signal);

    /// <summary>pthread_sigmask(3): 0, or the error number itself.</summary>
    [LibraryImport(Library, EntryPoint = "pthread_sigmask")]
    public static partial int SigMask(int how, byte* set, byte* old);

    /// <summary>signal(2): the former handler; handler 0 is SIG_DFL.</summary>
    [LibraryImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);


    /// <summary>isatty(3): 1 for a terminal, else 0.</summary>
    [LibraryImport(Library, EntryPoint = "isatty")]
    public static partial int IsTerminal(int descriptor);
