using System.Text;

namespace Supervisor.Tests.Configuration;

public sealed class MalformedJsonTests
{
    [Theory]
    [InlineData("{", "1:2: is not valid JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    [InlineData("{a:1}", "1:2: is not valid JSON: 'a' is an invalid start of a property name. Expected a '\"'.")]
    [InlineData("{\n  \"ä\": tru}", "2:11: is not valid JSON: 'tru}' is an invalid JSON literal. Expected the literal 'true'.")]
    [InlineData("{} x", "1:4: is not valid JSON: 'x' is invalid after a single JSON value. Expected end of data.")]
    [InlineData("[[[[[[[[[[[[[[[[[1", "1:17: is not valid JSON: The maximum configured depth of 16 has been exceeded. Cannot read next JSON array.")]
    [InlineData("{\"\": \"\\ud800\"}", "1:6: is not valid JSON: a string holds half of a surrogate pair")]
    [InlineData("# hi", "1:1: is not valid JSON: '#' is an invalid start of a value.")]
    public void Is_one_problem(string json, string line) => Assert.Equal([line], Read.Problems(json));

    [Theory]
    [InlineData("  \n\t")]
    [InlineData("// only a comment\n")]
    public void Without_a_value_is_empty(string json) =>
        Assert.Equal([""" is empty; write for example {"services": {"NAME": {"cmd": ["PROGRAM", "ARGUMENT"]}}}"""], Read.Problems(json));

    [Fact]
    public void In_another_encoding_is_said_where_it_shows() => Assert.Equal(
        ["1:3: is not valid UTF-8; save the file as UTF-8"],
        Read.Problems([.. "{ "u8, 0xE4, .. "}"u8]));

    [Fact]
    public void A_byte_order_mark_does_not_count() => Assert.Equal(
        ["1:2: x: is not a known key; known are $schema, services, include, defaults, log_dir, state_dir, alert_cmd, alert_url, control_group, heartbeat_url, heartbeat_interval"],
        Read.Problems([.. Encoding.UTF8.Preamble, .. """{"x": 1, "services": {"a": {"cmd": ["/bin/sh"]}}}"""u8]));

    [Fact]
    public void Foreign_text_can_neither_break_the_line_nor_steer_the_terminal()
    {
        var line = Assert.Single(Read.Problems("""{"services": {"a": {"cmd": ["/bin/sh"], "\n\u001b[2J\u202e""" + new string('x', 1000) + "\": 1}}}"));
        Assert.StartsWith("""1:41: services.a.\u000a\u001b[2J\u202exxx""", line);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.True(line.Length < 1000);
    }
}
