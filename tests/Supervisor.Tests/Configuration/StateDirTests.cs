namespace Supervisor.Tests.Configuration;

public sealed class StateDirTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{}", ".supervisor")]
    [InlineData("""{"state_dir": "x/y"}""", "x/y")]
    [InlineData("""{"state_dir": "/run/x"}""", "/run/x")]
    [InlineData("""{"sevices": 1, "services": [], "services": 3, "state_dir": "x", "alert_url": null}""", "x")]
    [InlineData("""{"services": {"state_dir": "no", "a": "\ud800"}, "state\u005fdir": "x", "state_dir": "twice"}""", "x")]
    public void Is_found_in_an_invalid_file(string json, string expected) =>
        Assert.Equal(_folder.File(expected), Read.ValueOf(StateDirOf(json)));

    [Theory]
    [InlineData("[]", ":1:1: must be an object, not an array")]
    [InlineData("""{"state_dir": 1}""", ":1:15: state_dir: must be a string, not 1")]
    [InlineData("{", ":1:2: is not valid JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    public void Is_not_found_in_a_file_that_does_not_tell(string json, string problem) =>
        Assert.Equal([_folder.File("f.json") + problem], Read.Lines(StateDirOf(json)));

    [Theory]
    [InlineData("""{"state_dir": "x", """, "x")]
    [InlineData("""{"services": {"a": {"cmd": [}, "state_dir": "x"}""", "x")]
    [InlineData("{\"a\": oops\n  // \"state_dir\": \"no\",\n\"state_dir\":\n\"${NO_SUCH_VARIABLE:-x}\"", "x")]
    [InlineData("""{"state_dir": 1, "state_dir": ["y"], """, ".supervisor")]
    [InlineData("""{"services": """, ".supervisor")]
    [InlineData("[]", ".supervisor")]
    [InlineData("", ".supervisor")]
    [InlineData(null, ".supervisor")]
    public void Is_guessed_of_a_file_that_cannot_be_parsed_if_there_is_such_a_folder(string? text, string expected)
    {
        var result = text is null ? ConfigurationReader.StateDirOf(_folder.File("none.json")) : StateDirOf(text);
        Assert.Null(result.Tentative);
        Directory.CreateDirectory(_folder.File(expected));
        result = text is null ? ConfigurationReader.StateDirOf(_folder.File("none.json")) : StateDirOf(text);
        Assert.Equal((null, _folder.File(expected)), (result.Value, result.Tentative));
        Assert.NotEmpty(result.Problems);
    }

    [Fact]
    public void A_missing_file_is_a_problem() =>
        Assert.Single(Read.Lines(ConfigurationReader.StateDirOf(_folder.File("none.json"))));

    [Fact]
    public void Can_be_as_long_as_the_socket_allows()
    {
        var longest = "/" + new string('x', ControlSocketPath.MaxBytes - "//supervisor.sock".Length);
        Assert.Equal(longest, Read.ValueOf(StateDirOf($"{{\"state_dir\": \"{longest}\"}}")));

        var tooLong = longest[..^1] + "ü";
        Assert.Equal(
            [$"1:15: state_dir: {tooLong}/supervisor.sock would be a socket path of {ControlSocketPath.MaxBytes + 1} bytes, and the system takes {ControlSocketPath.MaxBytes}; choose a shorter state_dir"],
            Read.Problems($"{{\"state_dir\": \"{tooLong}\", \"services\": {{\"a\": {{\"cmd\": [\"/bin/sh\"]}}}}}}"));
    }

    [Theory]
    [InlineData("", ":1:2: state_dir: DEEP/.supervisor/supervisor.sock would be a socket path of ")]
    [InlineData("\"state_dir\": 1, ", ":1:16: state_dir: must be a string, not 1")]
    [InlineData("\"state_dir\": \"/run/x\", ", null)]
    public void Of_a_file_that_lies_too_deep_must_be_given(string key, string? problem)
    {
        var deep = Directory.CreateDirectory(_folder.File(new string('d', 100))).FullName;
        var file = Path.Combine(deep, "f.json");
        File.WriteAllText(file, " {" + key + "\"services\": {\"a\": {\"cmd\": [\"/bin/sh\"]}}}");

        var line = Read.Lines(ConfigurationReader.Load(file)).SingleOrDefault();

        Assert.StartsWith(problem is null ? "" : file + problem.Replace("DEEP", deep, StringComparison.Ordinal), line ?? "");
        Assert.Equal(problem is null, line is null);
    }

    private ConfigurationResult<string> StateDirOf(string json) => ConfigurationReader.StateDirOf(_folder.Write("f.json", json));
}
