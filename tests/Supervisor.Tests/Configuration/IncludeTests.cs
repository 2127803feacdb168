namespace Supervisor.Tests.Configuration;

/// <summary>Services in further files.</summary>
public sealed class IncludeTests : IDisposable
{
    private const string Sleeper = """{"cmd": ["/bin/sh"]}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Their_services_follow_in_the_order_of_the_names_with_the_defaults_and_the_folder_of_the_including_file()
    {
        Directory.CreateDirectory(_folder.File("conf.d"));
        Directory.CreateDirectory(_folder.File("work"));
        _folder.Write("conf.d/b.json", """{"services": {"b": {"cmd": ["/bin/sh"], "working_dir": "work", "depends_on": ["own"]}}}""");
        _folder.Write("conf.d/a.json", """{"$schema": "x", /* a comment */ "services": {"a": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal));
        _folder.Write("conf.d/.hidden.json", "nonsense");
        _folder.Write("conf.d/a.json.bak", "nonsense");

        var config = Read.ValueOf(Load("""{"include": ["conf.d/*.json", "none/*", "conf.d/a.json", "*.json"], "defaults": {"stop_timeout": 3}, "services": {"own": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal)));

        Assert.Equal(["own", "a", "b"], config.Services.Select(service => service.Spec.Name));
        Assert.Equal([_folder.Path, _folder.Path, _folder.File("work")], config.Services.Select(service => service.WorkingDir));
        Assert.All(config.Services, service => Assert.Equal(3, service.Spec.StopTimeout.TotalSeconds));
        Assert.Equal(["own", "a", "b"], Read.ValueOf(ConfigurationReader.LogsOf(_folder.File("supervisor.json"))).Names);
    }

    [Fact]
    public void A_text_that_is_edited_there_is_another_text()
    {
        _folder.Write("a.json", """{"services": {"a": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal));
        var before = Read.ValueOf(Load("""{"include": "a.json"}""")).Text;
        Assert.Equal(before, Read.ValueOf(Load("""{"include": "a.json"}""")).Text);
        _folder.Write("a.json", """{"services": {"a":  SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal));
        Assert.NotEqual(before, Read.ValueOf(Load("""{"include": "a.json"}""")).Text);
    }

    [Theory]
    [InlineData("""{"services": {"own": {"cmd": ["/bin/sh"]}}}""", "a.json:1:15: services.own: is given twice, first at FOLDER/supervisor.json:1:38; keep one of them")]
    [InlineData("""{"services": {"a": {"cmd": []}}}""", "a.json:1:28: services.a.cmd: must not be empty; write an array, such as [\"python3\", \"guardian.py\"]")]
    [InlineData("""{"log_dir": "x", "services": {}}""", "a.json:1:2: log_dir: cannot be in an included file, which has services alone; move it to the file that includes this one")]
    [InlineData("""{"include": "b.json"}""", "a.json:1:2: include: cannot be in an included file, which has services alone; move it to the file that includes this one")]
    [InlineData("[]", "a.json:1:1: must be an object, not an array")]
    [InlineData("{", "a.json:1:2: is not valid JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    public void What_is_wrong_is_told_where_it_stands(string text, string problem)
    {
        _folder.Write("a.json", text);
        Assert.Equal([$"{_folder.File(problem.Replace("FOLDER", _folder.Path, StringComparison.Ordinal))}"], Read.Lines(Load("""{"include": ["a.json"], "services": {"own": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal))));
    }

    [Fact]
    public void One_that_is_named_has_to_be_there() => Assert.Equal(
        [$"{_folder.File("supervisor.json")}:1:14: include[0]: {_folder.File("a.json")} does not exist; create it, or name another"],
        Read.Lines(Load("""{"include": ["a.json"], "services": {"own": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal))));

    [Fact]
    public void What_others_may_write_root_does_not_trust()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root alone is careful");
        File.SetUnixFileMode(_folder.Write("a.json", """{"services": {"a": SLEEPER}}""".Replace("SLEEPER", Sleeper, StringComparison.Ordinal)), (UnixFileMode)0b110_110_110);
        Assert.Contains("can be written by others", Assert.Single(Read.Lines(Load("""{"include": ["a.json"]}"""))), StringComparison.Ordinal);
    }

    private ConfigurationResult<SupervisorConfig> Load(string text) => ConfigurationReader.Load(_folder.Write("supervisor.json", text));
}
