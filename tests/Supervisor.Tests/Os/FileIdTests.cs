namespace Supervisor.Tests.Os;

public sealed class FileIdTests
{
    /// <summary>Both roots have the number 1. By numbers alone, the second log on a tmpfs would be what is /dev/null elsewhere, and whoever writes there a service.</summary>
    [Fact]
    public void The_first_files_of_two_file_systems_are_told_apart_though_they_have_one_number()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self") && Directory.Exists("/sys/kernel"), "it takes two file systems whose roots have one number");
        var (one, other) = (FileOwner.IdAt("/proc")!.Value, FileOwner.IdAt("/sys")!.Value);
        Assert.Equal(one.Inode, other.Inode);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void A_file_is_the_one_that_lies_at_its_path_until_another_does()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "a");
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            Assert.Equal(FileOwner.IdOf(file), FileOwner.IdAt(path));
            File.Delete(path);
            Assert.Null(FileOwner.IdAt(path));
            File.WriteAllText(path, "");
            Assert.NotEqual(FileOwner.IdOf(file), FileOwner.IdAt(path));
        }
        Directory.Delete(folder, recursive: true);
    }
}
