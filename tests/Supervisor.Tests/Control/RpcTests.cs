using System.Text;
using System.Text.Json;

namespace Supervisor.Tests.Control;

/// <summary>What one side of the socket writes, the other reads.</summary>
public sealed class RpcTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 23, 41, 47, 1, 619, TimeSpan.Zero);

    private static readonly StatusReport Report = new(
        new(7, "0.1.0", At),
        [
            new("a", 8, "running", "healthy", 1.5, 2, 1, null, new(At, null, "SIGKILL", "killed \u00e4 \"so\""), new(At, true, "HTTP 200")),
            new("b", null, "backoff", null, null, 3, 3, 0.25, new(At, 1, null, "exited with code 1"), null, ["a"]),
            new("c", 9, "running", "healthy", 0, 0, 0, null, null, new(At, false, "HTTP 503")) { Removed = true, CpuPercent = 1.5, MemoryBytes = 1L << 40 },
            new("d", null, "exited", null, null, 0, 0, null, new(At, 1, null, "exited with code 1"), null) { Failed = true },
        ]);

    [Fact]
    public void A_reply_is_read_as_it_was_written() => AssertSame(new(Report), Reread(new(Report)));

    [Fact]
    public void So_is_one_that_failed()
    {
        var reply = new Reply(Report with { Changes = [new(null, "changed", ["alert_cmd"], "applied live"), new("a", "unchanged", [], null)], Problems = ["f: x"] }, new(Fault.BadConfiguration, "no \"a\""));
        AssertSame(reply, Reread(reply));
        Assert.Equal(new Reply(null, new(Fault.Failed, "no")), Reread(new(null, new(Fault.Failed, "no"))));
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{"services":[{"new":{"a":[1,{}]},"name":"a","restarts":1}],"newer":[[]],"supervisor":{"pid":7,"host":"x"}},"newest":null}""")]
    public void Members_of_a_later_version_are_passed_over(string line)
    {
        var report = Rpc.ReadReply(Encoding.UTF8.GetBytes(line)).Report!;
        Assert.Equal((7, "a", 1), (report.Supervisor.Pid, report.Services.Single().Name, report.Services.Single().Restarts));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"result":1}""")]
    [InlineData("""{"result":{"services":{}}}""")]
    [InlineData("""{"result":{"services":[1]}}""")]
    [InlineData("""{"result":{"services":[{"name":1}]}}""")]
    [InlineData("""{"result":{"services":[{"pid":"1"}]}}""")]
    [InlineData("""{"result":{"supervisor":{"started_at":"today"}}}""")]
    [InlineData("""{"error":{"code":1.5}}""")]
    public void What_is_no_reply_is_said_to_be_none(string line) =>
        Assert.ThrowsAny<JsonException>(() => Rpc.ReadReply(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void A_call_is_read_as_it_was_written()
    {
        var call = Rpc.ReadCall(Rpc.WriteCall(3, "stop", new(["a", "\"\\\n\u00e4*"], Timeout: 0.5)).Span);
        Assert.Equal((3, 0.5), (call.Id!.Value.GetInt32(), call.Patience.TotalSeconds));
        Assert.Equal(["a", "\"\\\n\u00e4*"], Assert.IsType<Request.Stop>(call.Request).Names);
        Assert.Null(Assert.IsType<Request.Start>(Rpc.ReadCall(Rpc.WriteCall(1, "start", new(All: true)).Span).Request).Names);
        Assert.True(Assert.IsType<Request.Reload>(Rpc.ReadCall(Rpc.WriteCall(1, "reload", new(DryRun: true)).Span).Request).IsTrial);
        Assert.IsType<Request.Status>(Rpc.ReadCall(Rpc.WriteCall(1, "status", new()).Span).Request);
        Assert.Equal(2, Assert.IsType<Request.Wait>(Rpc.ReadCall(Rpc.WriteCall(1, "wait", new(Restarts: 2)).Span).Request).Restarts);
        Assert.Equivalent(new Request.Signal(["a"], "SIGHUP", true), Rpc.ReadCall(Rpc.WriteCall(1, "signal", new(["a"], Signal: "hup", Group: true)).Span).Request, strict: true);
        Assert.Equal("/a \"b\".json", Rpc.ReadCall(Rpc.WriteCall(1, "status", new(Config: "/a \"b\".json")).Span).Config);
    }

    /// <summary>As docs/protocol.md has it.</summary>
    [Theory]
    [InlineData("[]", Fault.InvalidRequest, "null")]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"status"}]""", Fault.InvalidRequest, "null")]
    [InlineData("1", Fault.InvalidRequest, "null")]
    [InlineData("\"status\"", Fault.InvalidRequest, "null")]
    [InlineData("null", Fault.InvalidRequest, "null")]
    [InlineData("""{"id":7,"method":"status"}""", Fault.InvalidRequest, "7")]
    [InlineData("""{"jsonrpc":"1.0","id":"a","method":"status"}""", Fault.InvalidRequest, "\"a\"")]
    [InlineData("""{"jsonrpc":2,"id":7,"method":"status"}""", Fault.InvalidRequest, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7}""", Fault.InvalidRequest, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":1}""", Fault.InvalidRequest, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"\ud800"}""", Fault.InvalidRequest, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":[7],"method":"status"}""", Fault.InvalidRequest, "null")]
    [InlineData("""{"jsonrpc":"2.0","id":"\ud800","method":"status"}""", Fault.InvalidRequest, "null")]
    [InlineData("""{"jsonrpc":"2.0","method":1}""", Fault.InvalidRequest, "null")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"dance"}""", Fault.MethodNotFound, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"stop"}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"status","params":["a"]}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"status","params":{"config":1}}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"signal","params":{"names":["a"]}}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"signal","params":{"names":["a"],"signal":"SIGNONE"}}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"signal","params":{"signal":"HUP"}}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"wait","params":{"restarts":-1}}""", Fault.InvalidParams, "7")]
    [InlineData("""{"jsonrpc":"2.0","id":7,"method":"wait","params":{"restarts":1.5}}""", Fault.InvalidParams, "7")]
    public void What_is_wrong_with_a_message_is_told_with_the_id_it_had(string line, int code, string id)
    {
        var call = Rpc.ReadCall(Encoding.UTF8.GetBytes(line));
        Assert.Equal((null, code), (call.Request, call.Error?.Code));
        Assert.StartsWith($$"""{"jsonrpc":"2.0","id":{{id}},"error":""", Encoding.UTF8.GetString(Rpc.WriteReply(call.Id, new(null, call.Error)).Span), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_is_null_is_an_id_and_none_is_that_of_a_notification()
    {
        Assert.Equal(JsonValueKind.Null, Rpc.ReadCall("""{"jsonrpc":"2.0","id":null,"method":"status"}"""u8).Id?.ValueKind);
        Assert.Null(Rpc.ReadCall("""{"jsonrpc":"2.0","method":"status"}"""u8).Id);
    }

    [Fact]
    public void An_event_is_read_as_it_was_written_and_nothing_else_is_one()
    {
        var record = new EventRecord(new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero), "a", "exited", "killed \"so\"") { Pid = 7, Failure = true };
        Assert.Equal(record, Rpc.ReadEvent(Rpc.WriteEvent(record).Span));
        Assert.Null(Rpc.ReadEvent(Rpc.WriteSubscribed(null).Span));
        Assert.Null(Rpc.ReadEvent(Rpc.WriteReply(null, new(null, new(Fault.Failed, "no"))).Span));
        Assert.Null(Rpc.ReadEvent("nonsense"u8));
    }

    private static Reply Reread(Reply reply) => Rpc.ReadReply(Rpc.WriteReply(null, reply).Span);

    /// <summary>Records that hold lists are compared by what is written of them.</summary>
    private static void AssertSame(Reply expected, Reply actual)
    {
        Assert.Equal(Encoding.UTF8.GetString(Rpc.WriteReply(null, expected).Span), Encoding.UTF8.GetString(Rpc.WriteReply(null, actual).Span));
        Assert.Equal(expected.Error, actual.Error);
    }
}
