using System.Text;
using System.Text.Json;
using CsCheck;
using Supervisor.Tests.Fuzzing;

namespace Supervisor.Tests.Configuration;

/// <summary>Whatever the input is, it is read without an exception, and what is wrong with it has a place in it.</summary>
public sealed class AnyInputTests
{
    private const string Valid = """
        {
          // a comment
          "$schema": "x", "log_dir": "logs", "alert_cmd": ["/bin/sh"], "alert_url": "https://example.org/ä",
          "defaults": { "health_interval": "1m30s", "environment": { "ÄÖ": "漢字 \ud83d\ude00" } },
          "services": {
            "guardian": { "cmd": ["/bin/sh", "-c", "\u00e4"], "health_port": 8091, "health_path": "/health" },
            "reaper": { "cmd": ["/bin/sh"], "health_url": "http://localhost/x", "autostart": true, "restart": "no" },
            "factory": { "cmd": ["/bin/sh"], "backoff_initial": 0.25, "backoff_max": 3e2, "stop_signal": "SIGINT" },
          },
        }
        """;

    private static readonly byte[] s_valid = Encoding.UTF8.GetBytes(Valid);

    [Fact]
    public void The_unmutated_file_is_valid() => Assert.Empty(Read.Problems(s_valid));

    [Fact]
    public void Random_bytes() => Gen.Byte.Array[0, 200].Sample(AssertReadable, iter: Fuzz.Inputs(2_000));

    [Fact]
    public void Tokens_in_any_order() =>
        Tokens.Any.Array[0, 40].Sample(tokens => AssertReadable([.. tokens.SelectMany(token => token)]), iter: Fuzz.Inputs(2_000));

    [Fact]
    public void A_valid_file_with_some_edits() => Fuzz.Damaged(s_valid, Tokens.Any).Sample(AssertReadable, iter: Fuzz.Inputs(3_000));

    [Fact]
    public void A_valid_file_cut_anywhere() =>
        Assert.All(Enumerable.Range(0, s_valid.Length), length => AssertReadable(s_valid[..length]));

    [Fact]
    public void Any_text_as_any_value() => Gen.Select(
        Gen.OneOf([.. ServiceKeys.OfService.Names]),
        Gen.OneOf(Gen.String, Tokens.Text, Gen.Char["/:@%?#[]\\.a1 ä\0"].Array[0, 12].Select(letters => $"http://{new string(letters)}")),
        (key, text) => JsonSerializer.SerializeToUtf8Bytes(ServiceWith(key, text))).Sample(AssertReadable, iter: Fuzz.Inputs(3_000));

    [Theory]
    [InlineData("health_path", "/")]
    [InlineData("health_url", "http://x/")]
    [InlineData("health_url", "http://")]
    [InlineData("stop_timeout", "1")]
    [InlineData("nothing", "")]
    public void A_very_long_text_as_value(string key, string start) =>
        AssertReadable(JsonSerializer.SerializeToUtf8Bytes(ServiceWith(key, start + new string('1', 200_000))));

    [Theory]
    [InlineData("", "[")]
    [InlineData("", "{")]
    [InlineData("", "\"")]
    [InlineData("", "/")]
    [InlineData("", "0")]
    [InlineData("", "\\")]
    [InlineData("[", "0,")]
    [InlineData("{", "\"a\":0,")]
    [InlineData("[", "[[[[[[[[[[]]]]]]]]]],")]
    public void A_megabyte_of_the_same(string start, string piece) =>
        AssertReadable(Encoding.ASCII.GetBytes(start + string.Concat(Enumerable.Repeat(piece, 1_000_000 / piece.Length))));

    private static Dictionary<string, object> ServiceWith(string key, string text) => new()
    {
        ["services"] = new Dictionary<string, object>
        {
            ["a"] = new Dictionary<string, object> { ["health_port"] = 1, ["cmd"] = new[] { "/bin/sh" }, [key] = text },
        },
    };

    private static void AssertReadable(byte[] text)
    {
        ConfigurationResult<SupervisorConfig>? result = null;
        Fuzz.Bounded(text.Length, perByte: 2_000, perInput: 1_000_000, () => result = ConfigurationReader.Parse(Read.File, text));
        var problems = result!.Problems;
        Assert.Equal(result.Value is null, !problems.IsEmpty);
        var lines = Encoding.UTF8.GetString(text).Split('\n');
        Assert.All(problems, problem =>
        {
            Assert.DoesNotContain(problem.ToString(), letter => char.IsControl(letter) && letter != '\t');
            Assert.InRange(problem.Line ?? 1, 1, lines.Length);
            Assert.InRange(problem.Column ?? 1, 1, lines[(problem.Line ?? 1) - 1].Length + 1);
        });
    }
}
