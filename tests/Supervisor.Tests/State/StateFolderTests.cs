using System.Diagnostics;

namespace Supervisor.Tests.State;

/// <summary>The folder of the lock, and what may be in its place.</summary>
public sealed class StateFolderTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string Path => folder.File("state");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_made_private_whatever_it_was()
    {
        Directory.CreateDirectory(Path);
        File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);
        StateFolder.Take(Path).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path));
    }

    [Theory]
    [InlineData("mkdir elsewhere && chmod 755 elsewhere && ln -s elsewhere state", "is a symbolic link, which could lead anywhere; remove it")]
    [InlineData("ln -s nowhere state", "is a symbolic link, which could lead anywhere; remove it")]
    [InlineData("mkfifo state", "/state: cannot be opened: Not a directory")]
    [InlineData("echo > state", "/state: cannot be opened: Not a directory")]
    [InlineData("mkdir state && mkfifo state/supervisor.lock", "/supervisor.lock: is not a regular file; remove it")]
    [InlineData("mkdir state && mkdir state/supervisor.lock", "/supervisor.lock: is a folder, where a file should be; move it away")]
    public void What_is_no_folder_or_no_file_is_refused_and_nothing_waits(string command, string what)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder.Path })!;
        shell.WaitForExit();
        var error = Assert.Throws<IOException>(() => StateFolder.Take(Path));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        if (Directory.Exists(folder.File("elsewhere")))
            Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(folder.File("elsewhere")));
    }

    [Fact]
    public void Who_holds_it_is_named()
    {
        using var first = StateFolder.Take(Path);
        Assert.Equal($"already running (pid {Environment.ProcessId})", Assert.Throws<AlreadyRunningException>(() => StateFolder.Take(Path)).Message);
    }

    /// <summary>As on a network file system without locks, where nobody is known to run. Here, the descriptor is none.</summary>
    [Fact]
    public void What_cannot_be_locked_at_all_is_told_from_what_somebody_holds()
    {
        var error = Assert.Throws<IOException>(() => StateFolder.Take(Path, inherited: 1_000_000));
        Assert.Equal($"{Path}/supervisor.lock: cannot be locked (Bad file descriptor); name a state_dir on a local file system", error.Message);
    }

    [Fact]
    public void As_root_folders_that_others_may_replace_are_named_by_whatever_path_they_are_reached()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root is told");
        var open = Directory.CreateDirectory(folder.File("open")).FullName;
        var inner = Directory.CreateDirectory($"{open}/inner").FullName;
        var link = File.CreateSymbolicLink(folder.File("link"), inner).FullName;
        Assert.Equal([null, null], new[] { inner, link }.Select(OwnFolder.Weakness));
        File.SetUnixFileMode(open, (UnixFileMode)0b111_111_101);
        Assert.Equal([$"{open} can be written by others", $"{open} can be written by others"], new[] { inner, link }.Select(OwnFolder.Weakness));
        File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
        using (var chown = Process.Start("chown", ["65533", open]))
            chown.WaitForExit();
        Assert.Equal($"{open} belongs to another user", OwnFolder.Weakness(link));
    }
}
