using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CsCheck;
using Supervisor.Tests.Control;

namespace Supervisor.Tests.Fuzzing;

/// <summary>Whatever comes as a message: it is answered in one line of JSON, or is not JSON.</summary>
[Collection(nameof(OneLoop))]
public sealed class ControlFuzzTests
{
    private static readonly byte[] Valid = """{"jsonrpc":"2.0","id":"a1","method":"restart","params":{"names":["a","worker-*"],"all":false,"timeout":1.5}}"""u8.ToArray();

    private static readonly ServiceSet Few = SetOf("a", "worker-1", "worker-2");
    private static readonly ServiceSet Many = SetOf(Enumerable.Range(0, 1000).Select(i => $"{new string('a', 59)}{i}"));

    [Fact]
    public void Random_bytes() => Gen.Byte.Array[0, 200].Sample(Check, iter: Fuzz.Inputs(4_000));

    [Fact]
    public void Tokens_in_any_order() => Tokens.Any.Array[0, 40].Sample(tokens => Check([.. tokens.SelectMany(token => token)]), iter: Fuzz.Inputs(2_000));

    [Fact]
    public void A_damaged_message() => Fuzz.Damaged(Valid, Tokens.Any).Sample(Check, iter: Fuzz.Inputs(6_000));

    [Fact]
    public void Any_value_of_any_member() => Gen.Select(Value, Value, Value, Value).Array[1, 2].Sample(
        members => Check([.. members.SelectMany(m => Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":{{{m.Item1}}},"method":{{{m.Item2}}},"params":{"names":{{{m.Item3}}},"timeout":{{{m.Item4}}}}}"""))]),
        iter: Fuzz.Inputs(4_000));

    /// <summary>In any pieces, by clients that stay, leave, or leave without a word.</summary>
    [Fact]
    public void Whatever_is_said_on_a_connection_the_next_one_is_served()
    {
        using var folder = new TempFolder();
        using var turning = new Turning();
        var server = new ControlServer(folder.File("s"), null, question => question.Answer(Answer(Few, question.Request)), turning.Poller, turning.Deadlines, turning.Time);
        Gen.Select(Gen.OneOf(Gen.Byte.Array[0, 200], Fuzz.Damaged(Valid, Tokens.Any)), Gen.Int[1, 300], Gen.Int[0, 3]).Sample(
            (bytes, size, end) =>
            {
                using (var client = new Caller(turning, folder.File("s")))
                    Say(client, [.. bytes.Append((byte)'\n').Chunk(size)], end);
                using var next = new Caller(turning, folder.File("s"));
                Assert.Contains("\"result\"", next.Ask("""{"jsonrpc":"2.0","id":1,"method":"status"}"""));
            },
            iter: Fuzz.Inputs(1_000),
            threads: 1);
        server.Close();
        turning.Until(() => server.IsEmpty);

        void Say(Caller client, byte[][] pieces, int end)
        {
            try
            {
                foreach (var piece in pieces)
                {
                    client.TrySend(piece);
                    if (end > 0)
                        turning.Turn();
                }
                if (end == 2)
                    client.StopWriting();
            }
            catch (SocketException)
            {
                // It was hung up on, for it made no sense.
            }
        }
    }

    [Theory]
    [InlineData("*a")]
    [InlineData("*")]
    [InlineData("?*")]
    [InlineData("\",\"")]
    [InlineData("\",\"*a*b")]
    [InlineData("\",\"aaaaaaaa")]
    public void A_message_of_the_largest_size(string piece) =>
        Check(Many, Encoding.UTF8.GetBytes($$$"""{"jsonrpc":"2.0","id":1,"method":"status","params":{"names":["{{{string.Concat(Enumerable.Repeat(piece, 64_000 / piece.Length))}}}"]}}"""));

    private static Gen<string> Value { get; } = Gen.OneOf(
        Gen.OneOf("1", "null", "true", "[]", "{}", "-1", "1e400", "1e-400", "\"\"", "\"2.0\"", "[null]", "[[]]", "[1]", "[\"a\",null]", "{\"a\":1}", "\"\\ud800\"", "\"\\u0000\""),
        Gen.OneOf("\"status\"", "\"wait\"", "\"start\"", "\"stop\"", "\"restart\"", "\"shutdown\"", "[\"a\"]", "[\"*\"]", "[\"worker-1\",\"a\"]"),
        Tokens.Text.Select(text => JsonSerializer.Serialize(text)),
        Tokens.Text.Array[0, 4].Select(texts => JsonSerializer.Serialize(texts)));

    private static void Check(byte[] line) => Check(Few, line);

    private static void Check(ServiceSet services, byte[] line)
    {
        var isJson = true;
        Fuzz.Bounded(line.Length, perByte: 500, perInput: 500_000, () =>
        {
            try
            {
                var call = Rpc.ReadCall(line);
                Assert.Equal(call.Request is null, call.Error is not null);
                AssertSound(Rpc.WriteReply(call.Id, call.Request is { } request ? Answer(services, request) : new(null, call.Error)).ToArray());
            }
            catch (JsonException)
            {
                isJson = false;
            }
        });
        Assert.Equal(IsJson(line), isJson);
    }

    private static void AssertSound(byte[] answer)
    {
        Assert.Equal(answer.Length - 1, answer.IndexOf((byte)'\n'));
        var members = JsonElement.Parse(answer).EnumerateObject().Select(member => member.Name).ToList();
        Assert.Equal(["jsonrpc", "id"], members[..2]);
        Assert.Equal(members is [_, _, "result"], members is not [_, _, "error"]);
    }

    private static bool IsJson(byte[] text)
    {
        try
        {
            JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = 16 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ServiceSet SetOf(params IEnumerable<string> names) =>
        new([.. names.Select(name => new ManagedService(new() { Spec = new() { Name = name }, Cmd = ["x"], WorkingDir = "/" }))], []);

    /// <summary>As the loop would answer. No name may be passed over.</summary>
    private static Reply Answer(ServiceSet services, Request request)
    {
        services.Find(request.Names, false, out var unknown);
        if (unknown is null)
            Assert.All(request.Names ?? [], name => Assert.True(IsGlob(name) || services.All.Any(service => service.Name == name)));
        return new(new(new(1, "", default), []), unknown is null ? null : new(Fault.UnknownName, unknown));
    }

    private static bool IsGlob(string name) => name.AsSpan().ContainsAny("*?\\");
}
