namespace Supervisor.Tests.Configuration;

public sealed class ExecutableLookupTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ExecutableLookupTests()
    {
        Directory.CreateDirectory(_folder.File("one/run"));
        Directory.CreateDirectory(_folder.File("two"));
        _folder.WriteExecutable("two/run");
        _folder.WriteExecutable("run");
        _folder.Write("one/plain", "");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("run", "one:two", "two/run")]
    [InlineData("run", "two:", "two/run")]
    [InlineData("run", "none::two", "run")]
    [InlineData("run", "", "run")]
    [InlineData("./run", "two", "run")]
    [InlineData("two/run", "", "two/run")]
    [InlineData("two/../run", "", "run")]
    [InlineData("run", "one", null)]
    [InlineData("plain", "one", null)]
    [InlineData("one/plain", "two", null)]
    [InlineData("./none", "two", null)]
    public void Finds_what_execvp_would(string name, string path, string? expected) =>
        Assert.Equal(expected is null ? null : _folder.File(expected), ExecutableLookup.Find(name, _folder.Path, path));

    [Fact]
    public void An_absolute_path_needs_no_folder() =>
        Assert.Equal(_folder.File("run"), ExecutableLookup.Find(_folder.File("run"), "/none", "/none"));

    [Fact]
    public void Without_PATH_the_system_has_one() => Assert.Equal("/bin/sh", ExecutableLookup.Find("sh", "/", null));
}
