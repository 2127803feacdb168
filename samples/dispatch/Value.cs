namespace Dispatch;

/// <summary>Reads the values of options and of queries; what cannot be read is a <see cref="FormatException"/>.</summary>
internal static class Value
{
    public static int Count(string text) => Number(text, int.MaxValue);

    public static int ExitCode(string text) => Number(text, 255);

    public static int Port(string text) => Number(text, 65535);

    public static bool Flag(string text) =>
        bool.TryParse(text, out var flag) ? flag : throw new FormatException($"'{text}' is not true or false");

    /// <summary><c>500ms</c>, <c>2s</c>, <c>1m</c>, or a number of seconds.</summary>
    public static TimeSpan Duration(string text) => text switch
    {
        [.. var number, 'm', 's'] => TimeSpan.FromMilliseconds(Count(number)),
        [.. var number, 's'] => TimeSpan.FromSeconds(Count(number)),
        [.. var number, 'm'] => TimeSpan.FromMinutes(Count(number)),
        _ => TimeSpan.FromSeconds(Count(text)),
    };

    private static int Number(string text, int highest) =>
        int.TryParse(text, out var number) && number >= 0 && number <= highest
            ? number
            : throw new FormatException($"'{text}' is not a whole number from 0 to {highest}");
}
