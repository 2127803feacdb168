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

    [Theory]
    [InlineData("run", "no executable 'run' in any folder of PATH (/none); install it, or write its path")]
    [InlineData("./none", "FOLDER/none does not exist; name an existing program (a relative path starts from working_dir)")]
    [InlineData("one/run", "FOLDER/one/run is a folder; name the program in it")]
    [InlineData("one/plain", "FOLDER/one/plain is not executable; chmod +x it")]
    public void What_it_does_not_find_is_told_with_the_reason(string name, string reason) =>
        Assert.Equal(reason.Replace("FOLDER", _folder.Path, StringComparison.Ordinal), ExecutableLookup.WhyNot(name, _folder.Path, "/none"));

    [Fact]
    public void An_absolute_path_needs_no_folder() =>
        Assert.Equal(_folder.File("run"), ExecutableLookup.Find(_folder.File("run"), "/none", "/none"));

    [Fact]
    public void Without_PATH_the_system_has_one() => Assert.Equal("/bin/sh", ExecutableLookup.Find("sh", "/", null));
}
