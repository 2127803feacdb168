using System.Text;
using CsCheck;
using Supervisor.Tests.Fuzzing;

namespace Supervisor.Tests.Probes;

/// <summary>The head of an answer, in one piece or in many.</summary>
public sealed class AnswerReaderTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    [Theory]
    [MemberData(nameof(Answers.Good), MemberType = typeof(Answers))]
    public void Good_answers_are_good_wherever_they_are_cut(string answer) => AssertEverywhere(answer, "HTTP 200");

    [Theory]
    [MemberData(nameof(Answers.Bad), MemberType = typeof(Answers))]
    public void Bad_answers_are_bad_wherever_they_are_cut(string answer) => AssertEverywhere(answer, "wrong");

    [Theory]
    [MemberData(nameof(Answers.Half), MemberType = typeof(Answers))]
    public void Half_an_answer_is_neither_wherever_it_is_cut(string answer) => AssertEverywhere(answer, "incomplete");

    [Theory]
    [InlineData(" 200 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.", "incomplete")]
    [InlineData("HTTP/1.. 200 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.: 200 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.10 200 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.9 200 OK\r\n\r\n", "HTTP 200")]
    [InlineData("HTTP/1.1 000 OK\r\n\r\n", "HTTP 0")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", "HTTP 99")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.1\t200 OK\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.1 200 OK\n\n", "HTTP 200")]
    [InlineData("HTTP/1.1 200\n\n", "HTTP 200")]
    [InlineData("HTTP/1.1 200 OK\r\n\r", "incomplete")]
    [InlineData("HTTP/1.1 200 OK\r\r\n", "wrong")]
    [InlineData("HTTP/1.1 200 OK\r\n\rX", "wrong")]
    [InlineData("HTTP/1.1 200 OK\r\nX: y\rz\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "wrong")]
    [InlineData("HTTP/1.1 200 OK\r\nX:\r\n\r\n", "HTTP 200")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a long\r\n\tand folded line\r\n of old\r\nY: z\r\n\r\n", "HTTP 200")]
    [InlineData("HTTP/1.1 199 X\r\n\r\nHTTP/1.1 404 Y\r\n\r\n", "HTTP 404")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nnonsense", "wrong")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503", "incomplete")]
    [InlineData("HTTP/1.1 404 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP 404")]
    public void Odd_ones_are_what_they_are_wherever_they_are_cut(string answer, string verdict) => AssertEverywhere(answer, verdict);

    [Theory]
    [InlineData(AnswerReader.MaxHead, "HTTP 200")]
    [InlineData(AnswerReader.MaxHead + 1, "too long")]
    public void A_head_has_16_KB_and_not_a_byte_more(int length, string verdict)
    {
        var head = Ok + "X: " + new string('y', length - Ok.Length - "X: \r\n\r\n".Length) + "\r\n\r\n";
        Assert.Equal(length, head.Length);
        Assert.Equal(verdict, Read(head));
        Assert.Equal(verdict, Read(head[..length]));
        Assert.Equal(verdict, Read([.. head.Select(letter => $"{letter}")]));
        Assert.Equal(verdict, Read(head[..(length - 1)], head[(length - 1)..]));
    }

    [Theory]
    [InlineData(0, "HTTP 200")]
    [InlineData(1, "too long")]
    public void The_interim_heads_count_with_the_last(int more, string verdict)
    {
        const string Interim = "HTTP/1.1 100 Continue\r\n\r\n";
        var room = AnswerReader.MaxHead + more - Ok.Length - 2;
        var interims = string.Concat(Enumerable.Repeat(Interim, room / Interim.Length - 1));
        var filler = Interim.Insert(21, new string('e', room - interims.Length - Interim.Length));
        Assert.Equal(verdict, Read(interims + filler + Ok + "\r\n"));
    }

    [Fact]
    public void A_body_of_any_length_is_not_read() => Assert.Equal("HTTP 200", Read(Ok + "\r\n" + new string('\0', 100_000)));

    [Fact]
    public void Random_bytes_that_do_not_begin_like_an_answer_are_none() => Gen.Byte.Array[1, 300].Sample(
        bytes =>
        {
            var verdict = Read(bytes);
            if (!"HTTP/1."u8.StartsWith(bytes.AsSpan(0, Math.Min(bytes.Length, 7))))
                Assert.Equal("wrong", verdict);
            Assert.Equal(verdict, Read([.. bytes.Select(octet => new[] { octet })]));
        },
        iter: Fuzz.Inputs(20_000));

    [Fact]
    public void A_damaged_answer_throws_nothing_and_is_the_same_in_pieces()
    {
        var valid = Encoding.Latin1.GetBytes("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\n\r\n");
        Gen.Select(Fuzz.Damaged(valid, Tokens.Any), Gen.Int[1, 7]).Sample(
            (bytes, size) =>
            {
                var verdict = Read(bytes);
                if (!bytes.AsSpan().StartsWith("HTTP/1."u8))
                    Assert.DoesNotContain("HTTP", verdict);
                Assert.Equal(verdict, Read([.. bytes.Chunk(size)]));
            },
            iter: Fuzz.Inputs(20_000));
    }

    private static void AssertEverywhere(string answer, string verdict)
    {
        Assert.Equal(verdict, Read(answer));
        Assert.Equal(verdict, Read([.. answer.Select(letter => $"{letter}")]));
        for (var cut = 0; cut <= Math.Min(answer.Length, 2000); cut++)
            Assert.Equal(verdict, Read(answer[..cut], answer[cut..]));
    }

    private static string Read(params string[] pieces) => Read([.. pieces.Select(Encoding.Latin1.GetBytes)]);

    private static string Read(params byte[][] pieces)
    {
        var reader = default(AnswerReader);
        foreach (var piece in pieces)
            reader.Take(piece);
        return reader switch
        {
            { IsComplete: true } => $"HTTP {reader.Status}",
            { IsWrong: true, IsTooLong: true } => "too long",
            { IsWrong: true } => "wrong",
            _ => "incomplete",
        };
    }
}

/// <summary>What endpoints say.</summary>
public static class Answers
{
    /// <summary>Answers that say 200.</summary>
    public static TheoryData<string> Good { get; } =
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\n\r\nok",
        "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 Every thing is fine\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than nothing",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u001f\u008b nothing of the kind",
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nSet-Cookie: \u00ff\u00fe=;;;\r\n\r\n",
    ];

    /// <summary>What is no answer of HTTP/1.</summary>
    public static TheoryData<string> Bad { get; } =
    [
        "hello\r\n",
        "<html>HTTP/0.9</html>",
        "\r\n\r\n\r\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n",
        "\u001b[2J\u0007\u0000 HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200\u001b[2J\u0085 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 -200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\nno \u001b[31mcolon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
        "A line as long as the prober takes, " + new string('\a', 10_000) + "\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    ];

    /// <summary>What may still become an answer.</summary>
    public static TheoryData<string> Half { get; } =
    [
        "",
        "H",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nServer: x\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ];
}
