using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;

namespace Supervisor.Tests.Logs;

/// <summary>Real files on real file systems: what was written is what is in the archives and the log, byte for byte.</summary>
public sealed class RotationTests
{
    private static readonly string s_rotator = Path.GetFullPath(
        typeof(RotationTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Rotator").Value!);

    [Theory]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public async Task Nothing_is_lost_or_doubled_through_a_hundred_rotations_and_ten_crashes(string kind)
    {
        const string Script = "for i in $(seq 1 60); do seq -f \"$i %010.0f\" 1 20000; done";
        using var volume = Volume.Of(kind);
        using var writer = Write(volume.Log, Script);
        for (var crash = 0; crash < 10; crash++)
        {
            using var rotator = Rotate(volume.Log, 64 << 10);
            await rotator.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var before = Directory.GetFiles(Path.GetDirectoryName(volume.Log)!).Length;
            while (!writer.HasExited && Directory.GetFiles(Path.GetDirectoryName(volume.Log)!).Length < before + 3)
                await Task.Yield();
            rotator.Kill();
            await rotator.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        using (var finish = Rotate(volume.Log, 64 << 10, "-", "end"))
            await finish.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.InRange(Archives(volume.Log).Count, 100, 10_000);
        Assert.Equal(Expected(Script), Sum(Content(volume.Log)));
    }

    [Theory]
    [InlineData("ext4", "Copied")]
    [InlineData("ext4", "Committed")]
    [InlineData("ext4", "Punched")]
    [InlineData("ext4", "MovedUp")]
    [InlineData("ext4", "Archived")]
    [InlineData("ext4", "Collapsed")]
    [InlineData("tmpfs", "Copied")]
    [InlineData("tmpfs", "Committed")]
    [InlineData("tmpfs", "Punched")]
    [InlineData("tmpfs", "MovedUp")]
    [InlineData("tmpfs", "Archived")]
    [InlineData("tmpfs", "Collapsed")]
    public async Task A_crash_after_any_step_neither_loses_nor_doubles(string kind, string step)
    {
        using var volume = Volume.Of(kind);
        // A period of one block: after a cut the log looks as it did before, which must not mislead anybody.
        var block = string.Concat(Enumerable.Repeat("0123456789abcde\n", 256));
        var text = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(block, 40)));
        await File.WriteAllBytesAsync(volume.Log, text, TestContext.Current.CancellationToken);
        for (var crash = 0; crash < 3; crash++)
        {
            using var dies = Rotate(volume.Log, 20_000, step);
            await dies.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(137, dies.ExitCode);
        }

        using var lives = Rotate(volume.Log, 20_000, "-", "end");
        await lives.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(text, Content(volume.Log));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(volume.Log)!, "*.cut-*"));
        Assert.False(File.Exists(volume.Log + ".rotating"));
    }

    [Fact]
    public void Archives_end_at_line_ends_where_a_head_of_any_length_can_go()
    {
        using var volume = Volume.Of("tmpfs");
        File.WriteAllLines(volume.Log, Enumerable.Range(0, 5_000).Select(number => $"line {number}"));
        Assert.Equal(RotationOutcome.Small, new RotatingFile(volume.Log, new(10_000, 100)).Rotate());
        Assert.All(Archives(volume.Log), path => Assert.EndsWith("\n", File.ReadAllText(path), StringComparison.Ordinal));
        Assert.All(Archives(volume.Log), path => Assert.InRange(new FileInfo(path).Length, 9_000, 10_000));
    }

    [Theory]
    [InlineData("", 1_000)]
    [InlineData("short\n", 10_000)]
    public void A_head_that_would_leave_no_hole_is_made_longer(string line, int maxSize)
    {
        using var volume = Volume.Of("tmpfs");
        var text = line + new string('x', 50_000);
        File.WriteAllText(volume.Log, text);
        new RotatingFile(volume.Log, new(maxSize, 100)).Rotate();
        // Another one, which did not see where it was cut.
        new RotatingFile(volume.Log, new(maxSize, 100)).Rotate();
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(Content(volume.Log)));
    }

    [Fact]
    public void A_log_that_can_be_collapsed_has_no_hole_left()
    {
        using var volume = Volume.Of("ext4");
        File.WriteAllLines(volume.Log, Enumerable.Range(0, 5_000).Select(number => $"line {number}"));
        new RotatingFile(volume.Log, new(10_000, 100)).Rotate();
        Assert.InRange(new FileInfo(volume.Log).Length, 1, 12_000);
        Assert.DoesNotContain('\0', File.ReadAllText(volume.Log));
    }

    [Fact]
    public void Only_so_many_archives_are_kept_and_the_newest_is_number_one()
    {
        using var folder = new TempFolder();
        var archives = new Archives(folder.File("x"), 3);
        for (var number = 1; number <= 5; number++)
            archives.Add(folder.Write("new", $"{number}"));
        Assert.Equal(["5", "4", "3"], Enumerable.Range(1, 3).Select(number => File.ReadAllText(archives.Find(number)!)));
        Assert.Null(archives.Find(4));
        new Archives(folder.File("x"), 1).Add(folder.Write("new", "6"));
        Assert.Null(archives.Find(2));
    }

    [Fact]
    public void What_was_interrupted_while_archives_moved_up_leaves_a_gap_and_loses_none()
    {
        using var folder = new TempFolder();
        folder.Write("x.1", "2");
        folder.Write("x.3", "1");
        var archives = new Archives(folder.File("x"), 3);
        archives.Add(folder.Write("new", "3"));
        Assert.Equal(["3", "2", "1"], Enumerable.Range(1, 3).Select(number => File.ReadAllText(archives.Find(number)!)));
    }

    [Fact]
    public void Compressed_archives_hold_the_same_and_move_up_too()
    {
        using var folder = new TempFolder();
        var archives = new Archives(folder.File("x"), 3);
        archives.Add(folder.Write("new", "old"));
        var time = File.GetLastWriteTimeUtc(folder.File("x.1"));
        while (archives.CompressOne())
            continue;
        archives.Add(folder.Write("new", "young"));

        using var zip = new GZipStream(File.OpenRead(folder.File("x.2.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(zip);
        Assert.Equal("old", reader.ReadToEnd());
        Assert.Equal(time, File.GetLastWriteTimeUtc(folder.File("x.2.gz")));
        Assert.Equal("young", File.ReadAllText(folder.File("x.1")));
        Assert.False(File.Exists(folder.File("x.2")));
    }

    [Fact]
    public void A_sparse_log_is_put_aside_and_loses_its_hole()
    {
        using var volume = Volume.Of("tmpfs");
        File.WriteAllLines(volume.Log, Enumerable.Range(0, 5_000).Select(number => $"line {number}"));
        var text = File.ReadAllBytes(volume.Log);
        var file = new RotatingFile(volume.Log, new(10_000, 100));
        file.Rotate();
        Assert.True(file.TryPutAside());
        file.Recover();
        Assert.False(File.Exists(volume.Log));
        Assert.False(file.TryPutAside());
        Assert.Equal(text, Archives(volume.Log).SelectMany(File.ReadAllBytes));
    }

    [Theory]
    [InlineData("ln -s /etc/hosts {0}", "x: is a symbolic link, which could lead anywhere; remove it")]
    [InlineData("mkfifo {0}", "x: is not a regular file; remove it")]
    [InlineData("mkdir {0}", "x: is a folder, and has to be a file; remove it")]
    public void What_is_no_regular_file_is_refused(string command, string reason)
    {
        using var folder = new TempFolder();
        using var shell = Process.Start("sh", ["-c", string.Format(command, folder.File("x"))]);
        shell.WaitForExit();
        var error = Assert.Throws<IOException>(() => new RotatingFile(folder.File("x"), new()).Rotate());
        Assert.EndsWith(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_gone_is_left_alone()
    {
        using var folder = new TempFolder();
        Assert.Equal(RotationOutcome.Small, new RotatingFile(folder.File("x"), new()).Rotate());
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_full_disk_loses_nothing_and_leaves_no_rest()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("only root can mount a small file system");
        using var folder = new TempFolder();
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=1m", "none", folder.Path]))
            mount.WaitForExit();
        try
        {
            File.WriteAllText(folder.File("x"), new string('x', 700_000));
            var file = new RotatingFile(folder.File("x"), new(500_000));
            Assert.ThrowsAny<IOException>(() => file.Rotate());
            Assert.Equal([folder.File("x")], Directory.GetFiles(folder.Path));
            Assert.Equal(new string('x', 700_000), File.ReadAllText(folder.File("x")));
        }
        finally
        {
            using var unmount = Process.Start("umount", [folder.Path]);
            unmount.WaitForExit();
        }
    }

    private static Process Write(string log, string script) => Process.Start("sh", ["-c", $"exec >>{log}; {script}"]);

    private static Process Rotate(string log, int maxSize, params string[] more) =>
        Process.Start(new ProcessStartInfo(s_rotator, [log, $"{maxSize}", "5000", .. more]) { RedirectStandardOutput = true })!;

    private static List<string> Archives(string log) =>
        [.. Enumerable.Range(1, 5000).Select(number => $"{log}.{number}").TakeWhile(File.Exists).Reverse()];

    /// <summary>The archives, oldest first, and the log without the hole at its head.</summary>
    private static byte[] Content(string log) =>
        [.. Archives(log).SelectMany(File.ReadAllBytes), .. File.ReadAllBytes(log).SkipWhile(letter => letter == 0)];

    private static string Sum(byte[] content) => $"{content.Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content))}";

    private static string Expected(string script)
    {
        using var all = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardOutput = true })!;
        using var content = new MemoryStream();
        all.StandardOutput.BaseStream.CopyTo(content);
        return Sum(content.ToArray());
    }
}
