using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// The C library, imports only. Unless a comment says otherwise, -1 is failure and the last P/Invoke error holds errno.
/// Variadic functions are called with their fixed arguments alone: Apple's arm64 passes the others differently.
/// </summary>
internal static unsafe partial class Libc
{
    // On Linux these are linked when the native program is built (DirectPInvoke, in the project file of the executable). To look
    // for a library of that name takes more than a hundred system calls at each start.
    private const string Library = "libc";
    private const string MacLibrary = "libSystem";

    /// <summary>A name without a path would be looked for in the working folder first, on macOS: dlopen(3). Whoever may write there could have root run anything.</summary>
    static Libc()
    {
        if (OperatingSystem.IsMacOS())
            NativeLibrary.SetDllImportResolver(typeof(Libc).Assembly, static (_, _, _) => NativeLibrary.Load("/usr/lib/libSystem.B.dylib"));
    }

    public const int Ok = 0;
    public const int NotPermitted = 1;
    public const int NoSuchFile = 2;
    public const int NoSuchDevice = 6;
    public const int TooManyWords = 7; // E2BIG
    public const int NoFormat = 8; // ENOEXEC
    public const int NoFolder = 20; // ENOTDIR
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
    public const int AccessDenied = 13; // EACCES
    public const int IsFolder = 21;
    public const int NotSeekable = 29; // ESPIPE
    public const int InvalidArgument = 22;
    public const int TooManyFilesOpen = 23; // ENFILE: of the whole system
    public const int TooManyOwnFilesOpen = 24; // EMFILE: of this process
    public const int NotSupported = 95; // EOPNOTSUPP of Linux
    public const int AddressUnix = 1;
    public const int AddressInternet = 2;
    public const int Stream = 1;

    // linux/falloc.h, linux/inotify.h: the same on every architecture.
    public const int FallocateKeepSize = 1;
    public const int FallocatePunchHole = 2;
    public const int FallocateCollapseRange = 8;
    public const uint NotifyModify = 2;
    public const uint NotifyAttributes = 4; // Also of a file that has lost a name.
    public const uint NotifyDeleteSelf = 0x400;
    public const uint NotifyMoveSelf = 0x800;
    public const uint NotifyOneShot = 0x80000000;

    /// <summary>open(2) of a file that exists: a new descriptor.</summary>
    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int Open(string path, int flags);

    /// <summary>The address of environ(7), which a library of Apple's must not name. macOS only.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "_NSGetEnviron")]
    public static partial byte*** MacEnvironment();

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>fstat(2) into a struct stat.</summary>
    [LibraryImport(Library, EntryPoint = "fstat", SetLastError = true)]
    public static partial int FStat(int descriptor, byte* stat);

    /// <summary>stat(2) into a struct stat.</summary>
    [LibraryImport(Library, EntryPoint = "stat", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int Stat(string path, byte* stat);

    /// <summary>The same on x64 of macOS, where the plain names are for a layout that is older than inodes of 64 bits (sys/cdefs.h).</summary>
    [LibraryImport(MacLibrary, EntryPoint = "fstat$INODE64", SetLastError = true)]
    public static partial int FStatOnMacX64(int descriptor, byte* stat);

    /// <inheritdoc cref="FStatOnMacX64"/>
    [LibraryImport(MacLibrary, EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int StatOnMacX64(string path, byte* stat);

    /// <summary>The address of the address of argv, which a library of Apple's must not name. macOS only.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "_NSGetArgv")]
    public static partial byte*** MacWords();

    /// <summary>mach_timebase_info, macOS only: a Mach time unit in nanoseconds, as numerator and denominator.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "mach_timebase_info")]
    public static partial int MacTimeUnit(uint* fraction);

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
    [LibraryImport(Library, EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int NotifyAdd(int descriptor, string path, uint mask);

    /// <summary>read(2): the number of bytes; EINTR after a signal.</summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* buffer, nuint size);

    /// <summary>realpath(3): the buffer, of PATH_MAX bytes; null on failure.</summary>
    [LibraryImport(Library, EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial byte* RealPath(string path, byte* resolved);

    /// <summary>dup2(2): the second becomes another number of the first, and is not closed by execve(2).</summary>
    [LibraryImport(Library, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

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
    [LibraryImport(Library, EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    public static partial int Spawn(int* pid, string path, byte* actions, byte* attributes, byte** argv, byte** envp);

    // The posix_spawn_file_actions_* and posix_spawnattr_* functions return 0 or the error number itself.
    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int ActionsInit(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int ActionsDestroy(byte* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    public static partial int ActionsAddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int ActionsAddDup2(byte* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
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

    /// <summary>setenv(3). The library's own way to set a variable does not reach what getenv(3) reads.</summary>
    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int SetVariable(string name, string value, int overwrite);

    /// <summary>isatty(3): 1 for a terminal, else 0.</summary>
    [LibraryImport(Library, EntryPoint = "isatty")]
    public static partial int IsTerminal(int descriptor);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "getegid")]
    public static partial uint EffectiveGroup();

    // The functions of getpwnam(3) and getgrnam(3) return 0 or the error number itself; found is null for nobody of that name or id.
    [LibraryImport(Library, EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    public static partial int UserByName(string name, byte* entry, byte* buffer, nuint size, byte** found);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    public static partial int UserById(uint id, byte* entry, byte* buffer, nuint size, byte** found);

    [LibraryImport(Library, EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller))]
    public static partial int GroupByName(string name, byte* entry, byte* buffer, nuint size, byte** found);

    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    public static partial int GroupById(uint id, byte* entry, byte* buffer, nuint size, byte** found);

    /// <summary>initgroups(3): the groups that the system's own tables give a user, and one more; EPERM unless root.</summary>
    [LibraryImport(Library, EntryPoint = "initgroups", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int InitGroups(string user, uint group);

    /// <summary>Changes the group alone if the user is all ones. Links are not followed.</summary>
    [LibraryImport(Library, EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "setgroups", SetLastError = true)]
    public static partial int SetGroups(nuint count, uint* groups);

    [LibraryImport(Library, EntryPoint = "setgid", SetLastError = true)]
    public static partial int SetGroup(uint id);

    /// <summary>setuid(2): as root, for good.</summary>
    [LibraryImport(Library, EntryPoint = "setuid", SetLastError = true)]
    public static partial int SetUser(uint id);

    /// <summary>umask(2): the former one; never fails.</summary>
    [LibraryImport(Library, EntryPoint = "umask")]
    public static partial uint SetUmask(uint mask);

    /// <summary>getpriority(2) of this thread; a nice value may be -1 too.</summary>
    [LibraryImport(Library, EntryPoint = "getpriority")]
    public static partial int Priority(int which, uint who);

    /// <summary>setpriority(2): on Linux of this thread alone; EACCES or EPERM for a lower value, unless root.</summary>
    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int nice);

    /// <summary>getrlimit(2): soft, then hard, 64 bits each on either system.</summary>
    [LibraryImport(Library, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, ulong* softAndHard);

    /// <summary>setrlimit(2): EPERM for a hard limit above the present one, unless root.</summary>
    [LibraryImport(Library, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, ulong* softAndHard);

    /// <summary>prctl(2), Linux only. Variadic, but registers hold all arguments on every Linux we run on.</summary>
    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, ulong a, ulong b, ulong c, ulong d);

    /// <summary>pidfd_open(2), which has this number on every architecture.</summary>
    public const long PidfdOpen = 434;

    /// <summary>syscall(2), Linux only; variadic, as <see cref="ProcessControl"/> is.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial long SystemCall(long number, long a, long b);

    /// <summary>poll(2): how many are ready, 0 when the time is up. nfds_t is as wide as a pointer on Linux, and narrower on macOS, where registers hold both alike.</summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    /// <summary>ioctl(2), of which FIOCLEX and FIONCLEX have no third argument: whether execve(2) closes the descriptor.</summary>
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int IoControl(int descriptor, nuint request);

    [LibraryImport(Library, EntryPoint = "chdir", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int ChangeFolder(string path);

    /// <summary>execve(2): returns only if it failed.</summary>
    [LibraryImport(Library, EntryPoint = "execve", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int Execute(string path, byte** argv, byte** envp);

    /// <summary>proc_pidinfo, macOS only: the number of bytes written, 0 or less on failure.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "proc_pidinfo", SetLastError = true)]
    public static partial int ProcPidInfo(int pid, int flavor, ulong argument, byte* buffer, int size);

    /// <summary>proc_listpids, macOS only: the number of bytes written; without a buffer, that would be.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "proc_listpids", SetLastError = true)]
    public static partial int ProcListPids(uint type, uint argument, int* buffer, int size);

    /// <summary>getsid(2): the session of a process.</summary>
    [LibraryImport(Library, EntryPoint = "getsid", SetLastError = true)]
    public static partial int SessionOf(int pid);

    /// <summary>clock_gettime(2): seconds, then nanoseconds.</summary>
    [LibraryImport(Library, EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int ClockTime(int clock, long* time);

    /// <summary>sysctlbyname(3), macOS only.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(SystemTextMarshaller), SetLastError = true)]
    public static partial int SysctlByName(string name, byte* value, nuint* size, byte* newValue, nuint newSize);

    /// <summary>madvise(2).</summary>
    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int MemoryAdvice(void* address, nuint length, int advice);

    // Sockets. Addresses are laid out by NativeAddress.
    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    public static partial int SocketPair(int domain, int type, int protocol, int* ends);

    /// <summary>connect(2): EINPROGRESS where the socket does not block; poll for POLLOUT, then ask for SO_ERROR.</summary>
    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int descriptor, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int descriptor, int backlog);

    /// <summary>accept(2): a new descriptor; EAGAIN for nobody there, EMFILE and ENFILE for no descriptor left.</summary>
    [LibraryImport(Library, EntryPoint = "accept", SetLastError = true)]
    public static partial int Accept(int descriptor, byte* address, uint* length);

    /// <summary>send(2): the number of bytes taken; EAGAIN for no room, EPIPE for nobody there (SIGPIPE is ignored by the runtime).</summary>
    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int descriptor, byte* bytes, nuint length, int flags);

    /// <summary>sendto(2), of a datagram.</summary>
    [LibraryImport(Library, EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int descriptor, byte* bytes, nuint length, int flags, byte* address, uint addressLength);

    /// <summary>recv(2): the number of bytes; 0 at the end; EAGAIN for nothing there yet.</summary>
    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int descriptor, int level, int option, byte* value, uint* length);

    [LibraryImport(Library, EntryPoint = "getsockname", SetLastError = true)]
    public static partial int SocketName(int descriptor, byte* address, uint* length);

    [LibraryImport(Library, EntryPoint = "getpeername", SetLastError = true)]
    public static partial int PeerName(int descriptor, byte* address, uint* length);

    /// <summary>write(2): the number of bytes.</summary>
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* bytes, nuint length);

    /// <summary>fcntl(2) with one number as its variable argument, where that is passed like any other.</summary>
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControl(int descriptor, int command, nint argument);

    /// <summary>The same on Apple's arm64, which passes what is variable on the stack: behind eight registers, six of them idle.</summary>
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FileControlOnStack(int descriptor, int command, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, nint argument);

    /// <summary>signalfd(2), Linux only: a descriptor that gives a struct signalfd_siginfo of 128 bytes for each blocked signal that came.</summary>
    [LibraryImport(Library, EntryPoint = "signalfd", SetLastError = true)]
    public static partial int SignalDescriptor(int descriptor, byte* set, int flags);

    [LibraryImport(Library, EntryPoint = "sigismember", SetLastError = true)]
    public static partial int SigIsMember(byte* set, int signal);

    /// <summary>kqueue(2), macOS only: a descriptor, which poll(2) takes like any other; not inherited by fork(2).</summary>
    [LibraryImport(MacLibrary, EntryPoint = "kqueue", SetLastError = true)]
    public static partial int KernelQueue();

    /// <summary>kevent(2), macOS only: how many events were put into the list; with a time of zero it does not wait.</summary>
    [LibraryImport(MacLibrary, EntryPoint = "kevent", SetLastError = true)]
    public static partial int KernelEvent(int queue, KernelEventEntry* changes, int changeCount, KernelEventEntry* events, int eventCount, long* time);
}
