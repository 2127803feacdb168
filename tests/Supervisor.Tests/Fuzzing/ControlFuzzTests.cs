using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using CsCheck;

namespace Supervisor.Tests.Fuzzing;

/// <summary>Whatever comes as a message: it is answered in one line of JSON, or is not JSON.</summary>
public sealed class ControlFuzzTests
{
    private static readonly byte[] Valid = """{"jsonrpc":"2.0","id":"a1","method":"restart","params":{"names":["a","worker-*"],"all":false,"timeout":1.5}}"""u8.ToArray();

    private static readonly Dispatcher Few = new(new AtOnce("a", "worker-1", "worker-2"), TimeProvider.System);
    private static readonly Dispatcher Many = new(new AtOnce(Enumerable.Range(0, 1000).Select(i => $"{new string('a', 59)}{i}")), TimeProvider.System);

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

    private static void Check(Dispatcher dispatcher, byte[] line)
    {
        Task<RpcResponse?> answering = Task.FromResult<RpcResponse?>(null);
        var isJson = true;
        Fuzz.Bounded(line.Length, perByte: 500, perInput: 500_000, () =>
        {
            try
            {
                answering = dispatcher.AnswerAsync(line, CancellationToken.None);
                Assert.True(answering.IsCompleted);
                if (answering.GetAwaiter().GetResult() is { } answer)
                    AssertSound(ControlJson.Answer(answer).ToArray());
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

    /// <summary>A loop that answers at once, and sees to it that no name is passed over.</summary>
    private sealed class AtOnce(params IEnumerable<string> names) : ChannelWriter<Message>
    {
        private readonly ServiceSet services = new([.. names.Select(name => new ManagedService(new() { Spec = new() { Name = name }, Cmd = ["x"], WorkingDir = "/" }))], []);

        public override bool TryWrite(Message item)
        {
            var asked = Assert.IsType<Message.Asked>(item);
            services.Find(asked.Request.Names, out var unknown);
            if (unknown is null)
                Assert.All(asked.Request.Names ?? [], name => Assert.True(IsGlob(name) || services.All.Any(service => service.Name == name)));
            return asked.Reply.TrySetResult(new(new(new(1, "", default), []), unknown is null ? null : new(Fault.UnknownName, unknown)));
        }

        public override ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken = default) => new(true);

        private static bool IsGlob(string name) => name.AsSpan().ContainsAny("*?\\");
    }
}
