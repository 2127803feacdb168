using System.Text;
using CsCheck;

namespace Supervisor.Tests.Fuzzing;

/// <summary>Pieces of text that mean something to JSON, to UTF-8, to a terminal or to this program.</summary>
internal static class Tokens
{
    private static readonly string[] Json =
    [
        "\"", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800", "\\udc00\\ud800", "\\u0000", "//", "/*", "*/", "\n", "\r\n", "\t", "-", "-0",
        "1e999", "-1e999", "1e-999", "0.1", "99999999999999999999", "null", "true", "{\"a\":1,\"a\":2}", "[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
    ];

    private static readonly string[] Odd =
        ["\0", "\e[2J", "\u2028", "\u202e", "\u200b", "ä", "e\u0301", "😀", "漢", "\ufeff", "\uffff", "。", "xn--", "../", "@", "%", "%00", "*", "?", "http://", "/"];

    /// <summary>One of them, or a few random bytes, or a long run of one letter.</summary>
    public static Gen<byte[]> Any { get; } = Gen.Frequency(
        (6, Gen.OneOf(Json).Select(Encoding.UTF8.GetBytes)),
        (4, Gen.OneOf(Odd).Select(Encoding.UTF8.GetBytes)),
        (4, Gen.Byte.Array[1, 4]),
        (1, Gen.Select(Gen.Byte, Gen.Int[1, 300], (letter, length) => Enumerable.Repeat(letter, length).ToArray())));

    /// <summary>Text as no keyboard makes it: every UTF-16 unit, alone or in pairs or not.</summary>
    public static Gen<string> Text { get; } = Gen.Frequency(
        (3, Gen.OneOf(Odd)),
        (2, Gen.Char.Array[0, 12].Select(letters => new string(letters))),
        (1, Gen.Select(Gen.Char, Gen.Int[1, 300], (letter, length) => new string(letter, length))));
}
