using Supervisor.Configuration.Json;

namespace Supervisor.Configuration.Values;

/// <summary>Reads sizes: text with a unit, or a number of bytes.</summary>
internal static class SizeValue
{
    private const long Least = 1024;
    private const long Most = 999_999L << 30;

    /// <summary>A size of a kilobyte or more.</summary>
    public static bool Read(Place at, out long value)
    {
        value = at.Node switch
        {
            Node.Number { Value: >= Least and <= Most } number when double.IsInteger(number.Value) => (long)number.Value,
            Node.Text text when Size.TryParse(text.Value, out var bytes) => bytes,
            _ => 0,
        };
        return value > 0 || at.Fail($"{at.Node.Description} is not a size of at least 1KB; write for example 512KB, 50MB, 1GB, or a number of bytes");
    }
}
