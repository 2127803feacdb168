using System.Text;
using CsCheck;
using Supervisor.Tests.Fuzzing;

namespace Supervisor.Tests.Import;

public sealed class ImportSourceTests
{
    private static readonly string[] Valid =
    [
        "[program:web]\ncommand=/bin/sh -c 'x' ; c\nenvironment=A=\"1\",B='2'\ndirectory=%(here)s\nstopwaitsecs=3\n[include]\nfiles=a",
        "web: A=1 sleep $PORT\nb: sleep 1 && sleep 2\n",
        """{"apps": [{"name": "a", "script": "a.js", "args": "x 'y'", "env": {"A": 1}, "instances": 2, "kill_timeout": 100, "max_memory_restart": "1G"}]}""",
        """{"services": {"a": {"command": ["x"], "environment": ["A=1"], "depends_on": {"b": {}}, "healthcheck": {"test": "x"}, "ulimits": {"core": 0}}, "b": {"command": "y"}}}""",
    ];

    [Theory]
    [InlineData("ecosystem.config.js", "module.exports = {}", "is JavaScript, which is not run here; have Node write it as JSON: ")]
    [InlineData("compose.yaml", "services:\n  a: {}", "is YAML, which is not read here; have docker write it as JSON: docker compose config --format json > compose.json")]
    [InlineData("x.json", "{}", "is not recognized; what can be converted is ")]
    [InlineData("x.json", "{", "is not valid JSON, as said above")]
    [InlineData("x.txt", "hello", "is not recognized; what can be converted is ")]
    [InlineData("x.txt", "", "is not recognized; what can be converted is ")]
    [InlineData("x.json", """{"services": {"a": {"cmd": ["x"]}}}""", "is a configuration of this program already")]
    public void What_cannot_be_converted_is_refused_with_what_to_do(string name, string text, string reason) =>
        Assert.StartsWith(reason, Assert.Throws<InvalidDataException>(() => Imported.From(name, text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("x", "a: sleep 1", "a")]
    [InlineData("x", "[program:a]\ncommand=x", "a")]
    [InlineData("x", "[{\"name\": \"a\", \"script\": \"x\"}]", "a")]
    [InlineData("x", "{\"services\": {\"a\": {\"command\": \"x\"}}}", "a")]
    public void The_content_is_enough_to_recognize_it(string name, string text, string service) =>
        Assert.Equal([service], Imported.From(name, text).Services.Select(one => one.Key));

    [Theory]
    [InlineData("a  'b c' \"d \\\" e\" f\\ g h'i'\"j\" '' \"\\n\"", "a|b c|d \" e|f g|hij||\\n")]
    [InlineData("  ", "")]
    public void Words_are_split_as_a_shell_splits_them(string line, string words) => Assert.Equal(words, string.Join('|', ShellWords.Split(line)!));

    [Theory]
    [InlineData("a 'b")]
    [InlineData("a \"b\\\"")]
    public void A_quote_that_is_not_closed_is_no_word(string line) => Assert.Null(ShellWords.Split(line));

    [Fact]
    public void Whatever_is_read_is_converted_or_refused() =>
        Gen.OneOf([.. Valid.Select(text => Fuzz.Damaged(Encoding.UTF8.GetBytes(text), Tokens.Any))]).Sample(
            text => Fuzz.Bounded(text.Length, perByte: 5_000, perInput: 1_000_000, () =>
            {
                try
                {
                    var imported = Imported.From("x", text);
                    Assert.DoesNotContain(Configuration.Read.Problems(imported.Json), problem => problem.Contains("JSON", StringComparison.Ordinal));
                }
                catch (InvalidDataException e)
                {
                    Assert.NotEmpty(e.Message);
                }
            }),
            iter: Fuzz.Inputs(4_000));
}
