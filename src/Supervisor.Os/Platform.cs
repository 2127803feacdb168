namespace Supervisor.Os;

/// <summary>
/// What differs between the systems, one line each, both columns side by side. Sources: the headers of glibc 2.36
/// and of the macOS 14 SDK.
/// </summary>
public sealed record Platform
{
    /// <summary>The column of the system this runs on.</summary>
    public static Platform Current { get; } = For(OperatingSystem.IsMacOS());

    public required int SpawnSetSid { get; init; }
    public required int SpawnCloseOnExecDefault { get; init; }
    public required int OpenNoFollow { get; init; }
    public required int OpenNonBlock { get; init; }
    public required int OpenAppend { get; init; }
    public required int OpenCloseOnExec { get; init; }
    public required int OpenDirect { get; init; }
    public required int OpenDirectory { get; init; }
    public required uint CloseOnExec { get; init; }
    public required uint KeepOnExec { get; init; }
    public required int NotBlocking { get; init; }
    public required int SocketTypeFlags { get; init; }
    public required int AddressInternet6 { get; init; }
    public required bool AddressHasLength { get; init; }
    public required int SocketOptions { get; init; }
    public required int SocketError { get; init; }
    public required int TryAgain { get; init; }
    public required int InProgress { get; init; }
    public required int Refused { get; init; }
    public required int Reset { get; init; }
    public required int NoBuffers { get; init; }
    public required int NoAddress { get; init; }
    public required int NotConnected { get; init; }
    public required int WaitNoReap { get; init; }
    public required int SetMask { get; init; }
    public required int SigInfoPidOffset { get; init; }
    public required int SocketLevel { get; init; }
    public required int PeerCredentials { get; init; }
    public required int PeerUidOffset { get; init; }
    public required int PeerGroupOffset { get; init; }
    public required int PeerGroups { get; init; }
    public required int StatUidOffset { get; init; }
    public required int StatModeOffset { get; init; }
    public required int StatSizeOffset { get; init; }
    public required int MaxRssUnit { get; init; }
    public required int StatInodeOffset { get; init; }
    public required int SeekData { get; init; }
    public required int UserHomeOffset { get; init; }
    public required StringComparer FileNames { get; init; }
    public required ulong Unlimited { get; init; }
    public required IReadOnlyDictionary<string, int> Limits { get; init; }
    public required IReadOnlyDictionary<string, int> Signals { get; init; }

    /// <summary>The column of one system.</summary>
    public static Platform For(bool mac) => new()
    {
        //                                     macOS   Linux
        SpawnSetSid /*               */ = mac ? 0x0400 : 0x80,
        SpawnCloseOnExecDefault /*   */ = mac ? 0x4000 : 0, // Linux closes with addclosefrom_np
        OpenNoFollow /*              */ = mac ? 0x0100 : NoFollowOnLinux,
        OpenNonBlock /*              */ = mac ? 0x0004 : 0x0800,
        OpenAppend /*                */ = mac ? 0x0008 : 0x0400,
        OpenCloseOnExec /*           */ = mac ? 0x01000000 : 0x80000,
        OpenDirect /*                */ = mac ? 0 : DirectOnLinux, // used on Linux only
        OpenDirectory /*             */ = mac ? 0x100000 : DirectoryOnLinux,
        CloseOnExec /*               */ = mac ? 0x20006601u : 0x5451, // FIOCLEX
        KeepOnExec /*                */ = mac ? 0x20006602u : 0x5450, // FIONCLEX
        NotBlocking /*               */ = mac ? 0x0004 : 0x0800, // O_NONBLOCK, for F_SETFL
        SocketTypeFlags /*           */ = mac ? 0 : 0x80800, // SOCK_CLOEXEC and SOCK_NONBLOCK; macOS has neither
        AddressInternet6 /*          */ = mac ? 30 : 10, // AF_INET6
        AddressHasLength /*          */ = mac, // sin_len, before the family
        SocketOptions /*             */ = mac ? 0xffff : 1, // SOL_SOCKET
        SocketError /*               */ = mac ? 0x1007 : 4, // SO_ERROR
        TryAgain /*                  */ = mac ? 35 : 11, // EAGAIN
        InProgress /*                */ = mac ? 36 : 115, // EINPROGRESS
        Refused /*                   */ = mac ? 61 : 111, // ECONNREFUSED
        Reset /*                     */ = mac ? 54 : 104, // ECONNRESET
        NoBuffers /*                 */ = mac ? 55 : 105, // ENOBUFS
        NoAddress /*                 */ = mac ? 49 : 99, // EADDRNOTAVAIL
        NotConnected /*              */ = mac ? 57 : 107, // ENOTCONN
        WaitNoReap /*                */ = mac ? 0x20 : 0x01000000,
        SetMask /*                   */ = mac ? 3 : 2, // SIG_SETMASK
        SigInfoPidOffset /*          */ = mac ? 12 : 16,
        SocketLevel /*               */ = mac ? 0 : 1, // SOL_LOCAL : SOL_SOCKET
        PeerCredentials /*           */ = mac ? 1 : 17, // LOCAL_PEERCRED (struct xucred) : SO_PEERCRED (struct ucred)
        PeerUidOffset /*             */ = 4, // after xucred's version : after ucred's pid
        PeerGroupOffset /*           */ = mac ? 12 : 8, // cr_groups, after their number at 8 : gid
        PeerGroups /*                */ = mac ? 0 : 59, // xucred has them : SO_PEERGROUPS
        // struct stat has st_nlink before st_mode on x64 of Linux.
        StatUidOffset /*             */ = mac ? 16 : (IsArm64 ? 24 : 28),
        StatModeOffset /*            */ = mac ? 4 : (IsArm64 ? 16 : 24), // 16 bits, and on Linux 32, of which the upper are zero
        StatSizeOffset /*            */ = mac ? 96 : 48, // after four times : before the block size
        MaxRssUnit /*                */ = mac ? 1 : 1024, // getrusage(2)
        StatInodeOffset /*           */ = 8, // after st_dev, st_mode and st_nlink : after st_dev
        SeekData /*                  */ = mac ? 4 : 3, // SEEK_DATA
        UserHomeOffset /*            */ = mac ? 48 : 32, // pw_dir, with pw_shell after it; macOS has pw_change and pw_class before
        FileNames /*                 */ = mac ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal, // of one folder; APFS takes Web.log and web.log for the same
        Unlimited /*                 */ = mac ? long.MaxValue : ulong.MaxValue, // RLIM_INFINITY
        Limits = mac ? LimitsOnMac : LimitsOnLinux,
        Signals = new Dictionary<string, int>
        {
            ["SIGHUP"] = 1,
            ["SIGINT"] = 2,
            ["SIGQUIT"] = 3,
            ["SIGILL"] = 4,
            ["SIGTRAP"] = 5,
            ["SIGABRT"] = 6,
            ["SIGFPE"] = 8,
            ["SIGKILL"] = 9,
            ["SIGSEGV"] = 11,
            ["SIGPIPE"] = 13,
            ["SIGALRM"] = 14,
            ["SIGTERM"] = 15,
            ["SIGXCPU"] = 24,
            ["SIGXFSZ"] = 25,
            ["SIGVTALRM"] = 26,
            ["SIGPROF"] = 27,
            ["SIGWINCH"] = 28,
            ["SIGBUS"] = mac ? 10 : 7,
            ["SIGUSR1"] = mac ? 30 : 10,
            ["SIGUSR2"] = mac ? 31 : 12,
            ["SIGCHLD"] = mac ? 20 : 17,
            ["SIGCONT"] = mac ? 19 : 18,
            ["SIGSTOP"] = mac ? 17 : 19,
            ["SIGTSTP"] = mac ? 18 : 20,
            ["SIGTTIN"] = 21,
            ["SIGTTOU"] = 22,
            ["SIGSYS"] = mac ? 12 : 31,
        },
    };

    // RLIMIT_*, sys/resource.h. Those of memory, data, as and rss, are there, and the system does not keep to them.
    private static IReadOnlyDictionary<string, int> LimitsOnMac => new Dictionary<string, int>
    {
        ["cpu"] = 0,
        ["fsize"] = 1,
        ["stack"] = 3,
        ["core"] = 4,
        ["memlock"] = 6,
        ["nproc"] = 7,
        ["nofile"] = 8,
    };

    // asm-generic/resource.h, which x86 and arm use.
    private static IReadOnlyDictionary<string, int> LimitsOnLinux => new Dictionary<string, int>
    {
        ["cpu"] = 0,
        ["fsize"] = 1,
        ["data"] = 2,
        ["stack"] = 3,
        ["core"] = 4,
        ["rss"] = 5,
        ["nproc"] = 6,
        ["nofile"] = 7,
        ["memlock"] = 8,
        ["as"] = 9,
        ["locks"] = 10,
        ["sigpending"] = 11,
        ["msgqueue"] = 12,
        ["nice"] = 13,
        ["rtprio"] = 14,
        ["rttime"] = 15,
    };

    private static bool IsArm64 => System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64;

    // O_NOFOLLOW, O_DIRECT and O_DIRECTORY: arm swaps the bits that x86 and the generic table use.
    private static int NoFollowOnLinux => IsArm ? 0x8000 : 0x20000;

    private static int DirectOnLinux => IsArm ? 0x10000 : 0x4000;

    private static int DirectoryOnLinux => IsArm ? 0x4000 : 0x10000;

    private static bool IsArm => IsArm64 || System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm;

    /// <summary>The full name of a signal that is typed as <c>HUP</c>, <c>hup</c> or <c>SIGHUP</c>; null if there is none.</summary>
    public string? SignalNamed(string text) =>
        text.ToUpperInvariant() is var name && Signals.ContainsKey(name) ? name : Signals.ContainsKey($"SIG{name}") ? $"SIG{name}" : null;

    /// <summary>The name of a signal, or its number where it has none here.</summary>
    public string SignalName(int number)
    {
        foreach (var (name, value) in Signals)
            if (value == number)
                return name;
        return $"signal {number}";
    }
}
