using CsCheck;

namespace Supervisor.Tests.Fuzzing;

/// <summary>Whatever is typed: it is understood, or refused in one printable line.</summary>
public sealed class CommandLineFuzzTests
{
    private static readonly Gen<string> Word = Gen.OneOf(
    [
        .. Verb.All.Select(verb => verb.Name), .. Option.All.Select(option => $"--{option.Name}"), .. Option.All.Select(option => $"--{option.Name}=1s"),
        "-c", "-d", "-h", "-V", "-dc", "--", "-", "--=", "---", "=", "", "a", "1s", "1e9", "-1", "0.", ".5", "worker-*",
    ]);

    [Fact]
    public void Words_in_any_order() => Word.Array[0, 7].Sample(Check, iter: Fuzz.Inputs(10_000));

    [Fact]
    public void Words_and_odd_text() => Gen.OneOf(Word, Tokens.Text).Array[0, 6].Sample(Check, iter: Fuzz.Inputs(8_000));

    [Fact]
    public void Damaged_words() => Gen.Select(Word, Tokens.Text, Gen.Double[0, 1])
        .Select((word, text, place) => word.Insert((int)(place * word.Length), text))
        .Array[1, 3].Sample(Check, iter: Fuzz.Inputs(4_000));

    private static void Check(string[] args) => Fuzz.Bounded(args.Sum(arg => arg.Length), perByte: 2_000, perInput: 100_000, () =>
    {
        try
        {
            var line = CommandLineParser.Parse(args);
            Assert.InRange(line.Timeout, TimeSpan.Zero, TimeSpan.FromDays(1));
        }
        catch (UsageException e)
        {
            Assert.NotEmpty(e.Message);
            Assert.DoesNotContain(e.Message, char.IsControl);
        }
    });
}
