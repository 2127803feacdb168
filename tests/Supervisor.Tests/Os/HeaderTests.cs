using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Supervisor.Tests.Os;

/// <summary>
/// Holds <c>packaging/macos/abi.c</c> to the platform table. The file asserts both columns against the headers of the system
/// that compiles it: Linux's here, macOS's wherever there is its SDK. With SUPERVISOR_MANUAL=write it is written as it has to be.
/// </summary>
public sealed class HeaderTests
{
    private static readonly string s_file = Path.GetFullPath(Path.Combine(typeof(HeaderTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!, "packaging/macos/abi.c"));

    /// <summary>What each member is called in the headers: of macOS, and of Linux. Empty where it has none.</summary>
    private static readonly Dictionary<string, (string Mac, string Linux)> s_names = new()
    {
        ["SpawnSetSid"] = Both("POSIX_SPAWN_SETSID"),
        ["SpawnCloseOnExecDefault"] = ("POSIX_SPAWN_CLOEXEC_DEFAULT", ""),
        ["OpenNoFollow"] = Both("O_NOFOLLOW"),
        ["OpenNonBlock"] = Both("O_NONBLOCK"),
        ["OpenAppend"] = Both("O_APPEND"),
        ["OpenCloseOnExec"] = Both("O_CLOEXEC"),
        ["OpenDirect"] = ("", "O_DIRECT"),
        ["OpenDirectory"] = Both("O_DIRECTORY"),
        ["CloseOnExec"] = Both("FIOCLEX"),
        ["KeepOnExec"] = Both("FIONCLEX"),
        ["NotBlocking"] = Both("O_NONBLOCK"),
        ["SocketTypeFlags"] = ("", "(SOCK_CLOEXEC | SOCK_NONBLOCK)"),
        ["AddressInternet6"] = Both("AF_INET6"),
        ["AddressHasLength"] = Both("offsetof(struct sockaddr_in, sin_family)"),
        ["SocketOptions"] = Both("SOL_SOCKET"),
        ["SocketError"] = Both("SO_ERROR"),
        ["TryAgain"] = Both("EAGAIN"),
        ["InProgress"] = Both("EINPROGRESS"),
        ["Refused"] = Both("ECONNREFUSED"),
        ["Reset"] = Both("ECONNRESET"),
        ["NoBuffers"] = Both("ENOBUFS"),
        ["NoAddress"] = Both("EADDRNOTAVAIL"),
        ["NotConnected"] = Both("ENOTCONN"),
        ["WaitNoReap"] = Both("WNOWAIT"),
        ["SetMask"] = Both("SIG_SETMASK"),
        ["SigInfoPidOffset"] = Both("offsetof(siginfo_t, si_pid)"),
        ["SocketLevel"] = ("SOL_LOCAL", "SOL_SOCKET"),
        ["PeerCredentials"] = ("LOCAL_PEERCRED", "SO_PEERCRED"),
        ["PeerUidOffset"] = ("offsetof(struct xucred, cr_uid)", "offsetof(struct ucred, uid)"),
        ["PeerGroupOffset"] = ("offsetof(struct xucred, cr_groups)", "offsetof(struct ucred, gid)"),
        ["PeerGroups"] = ("", "SO_PEERGROUPS"),
        ["StatUidOffset"] = Both("offsetof(struct stat, st_uid)"),
        ["StatModeOffset"] = Both("offsetof(struct stat, st_mode)"),
        ["StatSizeOffset"] = Both("offsetof(struct stat, st_size)"),
        ["StatInodeOffset"] = Both("offsetof(struct stat, st_ino)"),
        ["SeekData"] = Both("SEEK_DATA"),
        ["UserHomeOffset"] = Both("offsetof(struct passwd, pw_dir)"),
        ["Unlimited"] = Both("RLIM_INFINITY"),
        // A unit and a habit, which no header has.
        ["MaxRssUnit"] = Both(""),
        ["FileNames"] = Both(""),
    };

    /// <summary>What the code relies on in macOS besides: sizes and layouts that are literals where they are used.</summary>
    private static readonly (string Name, long Value)[] s_layoutsOfMac =
    [
        ("sizeof(posix_spawnattr_t)", 8), ("sizeof(posix_spawn_file_actions_t)", 8), ("POSIX_SPAWN_SETSIGDEF", 4), ("POSIX_SPAWN_SETSIGMASK", 8),
        ("sizeof(siginfo_t)", 104), ("offsetof(siginfo_t, si_code)", 8), ("sizeof(sigset_t)", 4), ("sizeof(struct rlimit)", 16),
        ("sizeof(struct rusage)", 144), ("offsetof(struct rusage, ru_maxrss)", 32), ("sizeof(struct stat)", 144), ("sizeof(struct xucred)", 76),
        ("XUCRED_VERSION", 0), ("offsetof(struct sockaddr_un, sun_path)", 2), ("sizeof(((struct sockaddr_un *)0)->sun_path)", 104),
        ("sizeof(struct pollfd)", 8), ("sizeof(nfds_t)", 4), ("POLLIN", 1), ("PROC_PIDTBSDINFO", 3), ("PROC_PIDTASKINFO", 4),
        ("sizeof(struct proc_bsdinfo)", 136), ("offsetof(struct proc_bsdinfo, pbi_start_tvsec)", 120), ("offsetof(struct proc_bsdinfo, pbi_start_tvusec)", 128),
        ("sizeof(struct proc_taskinfo)", 96), ("offsetof(struct proc_taskinfo, pti_resident_size)", 8), ("offsetof(struct proc_taskinfo, pti_total_user)", 16),
        ("offsetof(struct proc_taskinfo, pti_total_system)", 24), ("sizeof(struct passwd)", 72), ("offsetof(struct passwd, pw_uid)", 16),
        ("offsetof(struct passwd, pw_gid)", 20), ("offsetof(struct passwd, pw_shell)", 56), ("sizeof(struct group)", 32), ("offsetof(struct group, gr_gid)", 16),
        ("F_FULLFSYNC", 51), ("F_PUNCHHOLE", 99), ("LOCK_EX", 2), ("LOCK_NB", 4), ("P_ALL", 0), ("P_PID", 1), ("P_PGID", 2), ("WNOHANG", 1), ("WEXITED", 4),
        ("CLD_EXITED", 1), ("CLD_KILLED", 2), ("CLD_DUMPED", 3), ("sizeof(mode_t)", 2), ("sizeof(pid_t)", 4), ("sizeof(uid_t)", 4), ("sizeof(off_t)", 8),
    ];

    [Fact]
    public void Every_member_of_the_table_is_asserted() => Assert.Equal(
        [.. s_names.Keys.Concat(["Limits", "Signals"]).Order()],
        typeof(Platform).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(member => member.Name).Order());

    [Fact]
    public void The_file_says_what_the_table_says()
    {
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "the table has a column for each system; that of Linux in the file is the one of x64");
        if (Environment.GetEnvironmentVariable("SUPERVISOR_MANUAL") == "write")
            File.WriteAllText(s_file, Make());
        Assert.True(Make() == File.ReadAllText(s_file), $"{s_file} is not what the table says; SUPERVISOR_MANUAL=write dotnet test writes it");
    }

    /// <summary>The very file that is compiled on macOS, so that it is no mistake of the file's own that fails there.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("-DBROKEN", false)]
    public async Task The_column_of_this_system_holds_against_its_headers(string option, bool holds)
    {
        var compiler = new[] { "cc", "gcc", "clang" }.FirstOrDefault(name => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, name))));
        Assert.SkipWhen(compiler is null, "no C compiler is installed");
        using var run = Process.Start(new ProcessStartInfo(compiler!, ["-std=c11", "-Wall", "-Werror", "-fsyntax-only", .. option.Length > 0 ? [option] : Array.Empty<string>(), s_file]) { RedirectStandardError = true })!;
        var said = await run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(holds == (run.ExitCode == 0), said);
    }

    private static (string, string) Both(string name) => (name, name);

    private static string Make()
    {
        var text = new StringBuilder("""
            /* Made from src/Supervisor.Os/Platform.cs: see CONTRIBUTING.md. What is wrong in it does not compile:
             *
             *     packaging/macos/check
             */
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <grp.h>
            #include <netinet/in.h>
            #include <poll.h>
            #include <pwd.h>
            #include <signal.h>
            #include <spawn.h>
            #include <stddef.h>
            #include <sys/file.h>
            #include <sys/ioctl.h>
            #include <sys/resource.h>
            #include <sys/socket.h>
            #include <sys/stat.h>
            #include <sys/un.h>
            #include <sys/wait.h>
            #include <unistd.h>

            #define HOLDS(name, value) _Static_assert((unsigned long long)(name) == (unsigned long long)(value), #name " is not " #value)

            #if defined(__APPLE__)
            #include <libproc.h>
            #include <sys/ucred.h>

            """);
        Column(text, mac: true);
        foreach (var (name, value) in s_layoutsOfMac)
            text.Append($"HOLDS({name}, {value});\n");
        text.Append("\n#elif defined(__linux__) && defined(__x86_64__)\n\n");
        Column(text, mac: false);
        return text.Append("\n#else\n#error there is no column for this system\n#endif\n\n#ifdef BROKEN\nHOLDS(EAGAIN, 0); /* to see that a mistake is seen */\n#endif\n").ToString();
    }

    private static void Column(StringBuilder text, bool mac)
    {
        var table = Platform.For(mac);
        text.Append('\n');
        foreach (var (member, names) in s_names)
            if ((mac ? names.Mac : names.Linux) is { Length: > 0 } name)
                text.Append($"HOLDS({name}, {Literal(typeof(Platform).GetProperty(member)!.GetValue(table)!)}); /* {member} */\n");
        foreach (var (limit, number) in table.Limits)
            text.Append($"HOLDS(RLIMIT_{limit.ToUpperInvariant()}, {number});\n");
        foreach (var (signal, number) in table.Signals)
            text.Append($"HOLDS({signal}, {number});\n");
    }

    private static string Literal(object value) => value switch
    {
        bool yes => yes ? "1" : "0",
        ulong most => $"{most}ULL",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"{value}"),
    };
}
