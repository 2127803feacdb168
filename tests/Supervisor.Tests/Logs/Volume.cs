using System.Diagnostics;

namespace Supervisor.Tests.Logs;

/// <summary>A folder on a file system of a kind, for as long as a test lasts.</summary>
internal sealed class Volume : IDisposable
{
    private readonly string root;
    private readonly bool isMounted;

    private Volume(string root, bool isMounted)
    {
        this.root = root;
        this.isMounted = isMounted;
    }

    public string Log => Path.Combine(root, "a.log");

    /// <summary>On tmpfs, or on a fresh file system in an image that only root can mount; else the test is skipped.</summary>
    public static Volume Of(string kind) => kind switch
    {
        "tmpfs" when Directory.Exists("/dev/shm") => new(Directory.CreateDirectory($"/dev/shm/sv-{Guid.NewGuid():n}").FullName, isMounted: false),
        "tmpfs" => throw Skip("there is no /dev/shm"),
        _ => Mount(kind),
    };

    public void Dispose()
    {
        if (isMounted)
            Run("umount", root);
        Directory.Delete(root, recursive: true);
        File.Delete(Image(root));
    }

    /// <summary>In memory if possible: what is flushed to the disk there keeps nobody waiting.</summary>
    private static string Image(string root) => Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"{Path.GetFileName(root)}.img");

    private static Volume Mount(string kind)
    {
        if (!Environment.IsPrivilegedProcess)
            throw Skip($"only root can mount a file system of type {kind}");
        var root = Directory.CreateTempSubdirectory("sv-").FullName;
        using (var image = File.OpenHandle(Image(root), FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(image, 512 << 20);
        if (!Run($"mkfs.{kind}", "-q", Image(root)) || !Run("mount", "-o", "loop", Image(root), root))
        {
            File.Delete(Image(root));
            Directory.Delete(root);
            throw Skip($"a file system of type {kind} can be neither made nor mounted here");
        }
        return new(root, isMounted: true);
    }

    private static bool Run(string program, params string[] args)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static UnreachableException Skip(string why)
    {
        Xunit.Assert.Skip(why);
        return new UnreachableException();
    }
}
