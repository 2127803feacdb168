using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Supervisor.Tests.Logs;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Logs are cut while their daemons write, whatever becomes of the supervisor and of the folder.</summary>
public sealed class RotationTests
{
    private const int MaxSize = 128 << 10;
    private const int Lines = 20_000;

    [Theory]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public async Task Nothing_is_lost_or_doubled_through_a_hundred_rotations_a_SIGKILL_and_an_upgrade(string kind)
    {
        // In three parts, each at full speed: until the file is there, but no less than 20 and no more than 60 batches.
        const string Script = """
            n=0
            part() { i=0; while [ $i -lt 20 ] || { [ $i -lt 60 ] && [ ! -e $1 ]; }; do seq -f "$n %05.0f" 1 20000; n=$((n+1)); i=$((i+1)); done; }
            await() { while [ ! -e $1 ]; do sleep 0.1; done; }
            part adopted; await adopted; part upgraded; await upgraded; part enough; echo $n >batches; exec sleep 1000
            """;
        using var volume = Volume.Of(kind);
        await using var deployment = Deployment.Of(
            new JsonObject { ["log_dir"] = Path.GetDirectoryName(volume.Log) },
            ("a", Shell(Script).With(("log_max_size", "128KB"), ("log_keep", 1000))));
        await deployment.StartHealthyAsync();
        var pid = await deployment.PidAsync("a");
        await RotatedAsync(volume, 20);
        deployment.Signal("KILL");
        await deployment.EndedAsync();
        await deployment.StartHealthyAsync();
        var before = Archives(volume).Count;
        Touch(deployment, "adopted");
        await RotatedAsync(volume, before + 20);
        Assert.Equal(0, (await deployment.RunAsync("upgrade")).ExitCode);
        before = Archives(volume).Count;
        Touch(deployment, "upgraded");
        await RotatedAsync(volume, Math.Max(100, before + 20));
        Touch(deployment, "enough");
        Assert.Equal(pid, await deployment.PidAsync("a"));

        var batches = await ReadPidAsync(Path.Combine(deployment.Folder, "batches"));
        var (expected, length) = Expected(batches);
        await Commands.UntilAsync(() => Task.FromResult(length - Size(volume)), left => left <= MaxSize);
        Assert.Equal(0, (await deployment.RunAsync("down")).ExitCode);

        Assert.Equal(expected, Sum([.. Archives(volume), volume.Log]));
    }

    [Theory]
    [InlineData("rm -r logs")]
    [InlineData("mv logs elsewhere")]
    public async Task Logs_are_cut_in_a_folder_that_was_made_again_once_their_daemon_has_started_anew(string command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no other system can cut a log while it is written to");
        await using var deployment = await Deployment.Of(
            ("a", Shell("while [ ! -e go ]; do sleep 0.1; done; seq 1 100000; exec sleep 1000").With(("log_max_size", "128KB")))).StartHealthyAsync();
        var logs = Path.Combine(deployment.Folder, "logs");
        Assert.Equal(0, (await Commands.RunAsync("sh", "-c", $"cd {deployment.Folder} && {command} && mkdir logs")).ExitCode);
        Assert.Equal(0, (await deployment.RunAsync("restart", "a")).ExitCode);
        Touch(deployment, "go");
        await Commands.UntilAsync(() => Task.FromResult(File.Exists(Path.Combine(logs, "a.log.4"))), isThere => isThere);
    }

    private static void Touch(Deployment deployment, string name) => File.WriteAllText(Path.Combine(deployment.Folder, name), "");

    private static Task<bool> RotatedAsync(Volume volume, int count) =>
        Commands.UntilAsync(() => Task.FromResult(File.Exists($"{volume.Log}.{count}")), isThere => isThere);

    /// <summary>The oldest first.</summary>
    private static List<string> Archives(Volume volume) =>
        [.. Directory.GetFiles(Path.GetDirectoryName(volume.Log)!, "a.log.*")
            .Where(path => int.TryParse(Path.GetExtension(path).AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderByDescending(path => int.Parse(Path.GetExtension(path).AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture))];

    /// <summary>Of the archives; while they move up, one may be missing.</summary>
    private static long Size(Volume volume) => Archives(volume).Sum(path => new FileInfo(path) is { Exists: true } archive ? archive.Length : 0);

    private static (string Sum, long Length) Expected(int batches)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = 0L;
        for (var batch = 0; batch < batches; batch++)
        {
            var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(1, Lines).Select(line => $"{batch} {line:d5}\n")));
            hash.AppendData(text);
            length += text.Length;
        }
        return (Convert.ToHexString(hash.GetHashAndReset()), length);
    }

    /// <summary>Of all their content; the hole at a head is none.</summary>
    private static string Sum(IReadOnlyList<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            var content = File.ReadAllBytes(path);
            hash.AppendData(path.EndsWith(".log", StringComparison.Ordinal) ? content.AsSpan().TrimStart((byte)0) : content);
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
