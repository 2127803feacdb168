using System.Runtime.InteropServices;

namespace Supervisor.Tests.Os;

/// <summary>The choice of column, and what of the tables can be checked without the other system.</summary>
public sealed class PlatformTests
{
    [Fact]
    public void The_column_is_that_of_the_system_it_runs_on() =>
        Assert.Equal(Platform.For(OperatingSystem.IsMacOS()).Signals["SIGCHLD"], Platform.Current.Signals["SIGCHLD"]);

    [Fact]
    public void No_signal_has_the_number_of_another()
    {
        foreach (var mac in new[] { false, true })
            Assert.Distinct(Platform.For(mac).Signals.Values);
    }

    [Fact]
    public void The_columns_differ_where_the_systems_do()
    {
        var (linux, mac) = (Platform.For(mac: false), Platform.For(mac: true));
        Assert.Equal((10, 30), (linux.Signals["SIGUSR1"], mac.Signals["SIGUSR1"]));
        Assert.Equal((18, 19), (linux.Signals["SIGCONT"], mac.Signals["SIGCONT"]));
        Assert.Equal((0x80, 0x400), (linux.SpawnSetSid, mac.SpawnSetSid));
        Assert.Equal((0x400, 0x8), (linux.OpenAppend, mac.OpenAppend));
        Assert.Equal((16, 12), (linux.SigInfoPidOffset, mac.SigInfoPidOffset));
        Assert.Equal((3, 4), (linux.SeekData, mac.SeekData));
        Assert.Equal((2, 3), (linux.SetMask, mac.SetMask));
        Assert.Equal((7, 8), (linux.Limits["nofile"], mac.Limits["nofile"]));
        Assert.Empty(mac.Limits.Keys.Except(linux.Limits.Keys));
        Assert.All(["as", "data", "rss"], name => Assert.False(mac.Limits.ContainsKey(name))); // The system knows them, and does not keep to them.
        Assert.Equal((4, 16, 96), (mac.StatModeOffset, mac.StatUidOffset, mac.StatSizeOffset));
        Assert.Equal((false, true), (linux.FileNames.Equals("Web", "web"), mac.FileNames.Equals("Web", "web")));
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM, "SIGTERM")]
    [InlineData(PosixSignal.SIGCHLD, "SIGCHLD")]
    [InlineData(PosixSignal.SIGCONT, "SIGCONT")]
    [InlineData(PosixSignal.SIGTSTP, "SIGTSTP")]
    [InlineData(PosixSignal.SIGWINCH, "SIGWINCH")]
    public void Signal_numbers_are_those_that_the_runtime_knows(PosixSignal signal, string name)
    {
        // The runtime turns its own names into the system's numbers only in its native part; kill -l is its witness.
        using var kill = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sh", ["-c", $"kill -l {Platform.Current.Signals[name]}"]) { RedirectStandardOutput = true })!;
        Assert.Equal(signal.ToString(), "SIG" + kill.StandardOutput.ReadToEnd().Trim());
    }

    [Theory]
    [InlineData(0x0000, 0, null, false)]
    [InlineData(0x0700, 7, null, false)]
    [InlineData(0x0009, null, "SIGKILL", false)]
    [InlineData(0x008b, null, "SIGSEGV", true)]
    [InlineData(0x0023, null, "signal 35", false)]
    public void A_status_word_is_read_as_wait_2_says(int status, int? code, string? signal, bool core) =>
        Assert.Equal(new ExitStatus(code, signal, core), ExitStatus.FromWait(status));
}
