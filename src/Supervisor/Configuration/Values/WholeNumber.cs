using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads whole numbers.</summary>
internal static class WholeNumber
{
    /// <summary>Accepts a number without fraction, <paramref name="least"/> and <paramref name="most"/> included.</summary>
    public static ValueReader<int> Between(int least, int most) => (Place at, out int value) =>
    {
        // As in JSON Schema, 3.0 is a whole number.
        var number = (at.Node as Node.Number)?.Value ?? double.NaN;
        var isGood = number >= least && number <= most && double.IsInteger(number);
        value = isGood ? (int)number : 0;
        return isGood || at.Expected($"a whole number from {least} to {most}");
    };
}
