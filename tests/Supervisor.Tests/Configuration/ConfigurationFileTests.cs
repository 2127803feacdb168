using System.Runtime.InteropServices;

namespace Supervisor.Tests.Configuration;

/// <summary>Files that are no configuration, whatever is in them.</summary>
public sealed partial class ConfigurationFileTests : IDisposable
{
    private const string Good = """{"services": {"a": {"cmd": ["/bin/sh"]}}}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Paths_are_resolved_against_the_folder_of_the_file()
    {
        var config = Read.ValueOf(ConfigurationReader.Load(_folder.Write("f.json", Good)));

        Assert.Equal(_folder.File("f.json"), config.File);
        Assert.Equal(_folder.File("logs"), config.LogDir);
        Assert.Equal(_folder.File(".supervisor"), config.StateDir);
        Assert.Equal(_folder.Path, config.Services.Single().WorkingDir);
    }

    [Fact]
    public void A_relative_name_is_made_absolute_and_reported_as_given()
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder.Write("f.json", Good));
        Assert.Equal(_folder.File("f.json"), Read.ValueOf(ConfigurationReader.Load(relative)).File);

        _folder.Write("f.json", "[]");
        Assert.Equal([$"{relative}:1:1: must be an object, not an array"], Read.Lines(ConfigurationReader.Load(relative)));
    }

    [Fact]
    public void A_symbolic_link_is_read_and_its_own_folder_counts()
    {
        _folder.Write("f.json", Good);
        Directory.CreateDirectory(_folder.File("sub"));
        File.CreateSymbolicLink(_folder.File("sub/link.json"), "../f.json");

        Assert.Equal(_folder.File("sub/logs"), Read.ValueOf(ConfigurationReader.Load(_folder.File("sub/link.json"))).LogDir);
    }

    [Fact]
    public void Missing() => AssertProblem(_folder.File("none.json"), "does not exist; name another with -c FILE");

    [Fact]
    public void Missing_folder() => AssertProblem(_folder.File("none/f.json"), "does not exist; name another with -c FILE");

    [Fact]
    public void Unnamed() => AssertProblem("", "is no file name; name one with -c FILE");

    [Fact]
    public void A_folder() => AssertProblem(_folder.Path, "is a folder; name the file in it");

    [Fact]
    public void Empty() => AssertProblem(
        _folder.Write("f.json", ""),
        """is empty; write for example {"services": {"NAME": {"cmd": ["PROGRAM", "ARGUMENT"]}}}""");

    [Fact]
    public void A_link_to_itself()
    {
        File.CreateSymbolicLink(_folder.File("f.json"), "f.json");
        Assert.Contains("f.json: cannot be read: ", Assert.Single(Read.Lines(ConfigurationReader.Load(_folder.File("f.json")))));
    }

    [Fact]
    public void A_hundred_megabytes_are_refused_unread()
    {
        using (var file = File.Create(_folder.File("f.json")))
            file.SetLength(100_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertProblem(_folder.File("f.json"), "is larger than 1 MB; is it a configuration?");

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1_000_000);
    }

    [Fact]
    public void A_megabyte_is_read() =>
        Assert.NotNull(Read.ValueOf(ConfigurationReader.Load(_folder.Write("f.json", Good.PadRight(1024 * 1024)))));

    [Fact]
    public Task Devices_and_pipes_are_refused_unopened() => Task.Run(
        () =>
        {
            Assert.Equal(0, MakePipe(_folder.File("pipe"), 0b110_000_000));
            File.CreateSymbolicLink(_folder.File("link"), "pipe");
            foreach (var file in new[] { "/dev/zero", _folder.File("pipe"), _folder.File("link") })
                AssertProblem(file, "is a pipe or a device; name a file");
        },
        TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, false)]
    [InlineData(UnixFileMode.UserWrite | UnixFileMode.GroupWrite, true)]
    [InlineData(UnixFileMode.UserWrite | UnixFileMode.OtherWrite, true)]
    public void Root_refuses_what_others_may_write(UnixFileMode mode, bool isRefused)
    {
        var file = _folder.Write("f.json", Good);
        File.SetUnixFileMode(file, mode | UnixFileMode.UserRead);

        string[] expected = isRefused && Environment.IsPrivilegedProcess
            ? [$"{file}: can be written by others, who could make root run anything; chmod go-w it"]
            : [];
        Assert.Equal(expected, Read.Lines(ConfigurationReader.Load(file)));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead | UnixFileMode.OtherRead, false)]
    [InlineData(UnixFileMode.GroupWrite, true)]
    [InlineData(UnixFileMode.OtherWrite, true)]
    [InlineData(UnixFileMode.OtherWrite | UnixFileMode.StickyBit, false)]
    public void Root_refuses_what_lies_where_others_may_put_something_else(UnixFileMode mode, bool isRefused)
    {
        var file = _folder.Write("f.json", Good);
        File.SetUnixFileMode(_folder.Path, mode | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        string[] expected = isRefused && Environment.IsPrivilegedProcess
            ? [$"{file}: lies in a folder that others may write, who could put another file in its place; chown root and chmod go-w the folder"]
            : [];
        Assert.Equal(expected, Read.Lines(ConfigurationReader.Load(file)));
    }

    private static void AssertProblem(string file, string message) =>
        Assert.Equal([$"{file}: {message}"], Read.Lines(ConfigurationReader.Load(file)));

    // mkfifo(3): 0, or -1 and errno.
    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
