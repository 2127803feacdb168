using System.Collections.Immutable;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads a command and its arguments.</summary>
internal static class CommandValue
{
    private const string Wanted = """an array, such as ["python3", "guardian.py"]""";

    /// <summary>A program's name, not empty, and its arguments.</summary>
    public static bool Read(Place at, out ImmutableArray<string> value)
    {
        value = [];
        if (at.Node is not Node.Array array)
            return at.Fail($"must be {Wanted}");
        if (array.Items.IsEmpty)
            return at.Fail($"must not be empty; write {Wanted}");
        value = ReadWords(at);
        return value.Length == array.Items.Length && NamesProgram(value, at);
    }

    // Every word is looked at, so that all wrong ones are reported.
    private static ImmutableArray<string> ReadWords(Place at)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        foreach (var item in at.Items())
            if (TextValue.WithoutNul(item, out var word))
                words.Add(word);
        return words.ToImmutable();
    }

    private static bool NamesProgram(ImmutableArray<string> words, Place at) =>
        words[0].Length > 0 || at.Items().First().Fail("must name the program to run, but is empty");
}
