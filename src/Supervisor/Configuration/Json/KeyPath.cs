namespace Supervisor.Configuration.Json;

/// <summary>Names a value by the keys that lead to it: <c>services.guardian.cmd[0]</c>.</summary>
internal static class KeyPath
{
    /// <summary>The path of a member of the object at <paramref name="parent"/>, which is empty for the root.</summary>
    public static string Member(string parent, string name) =>
        parent.Length == 0 ? Printable.Shorten(name) : $"{parent}.{Printable.Shorten(name)}";

    /// <summary>The path of an item of the array at <paramref name="parent"/>.</summary>
    public static string Item(string parent, int index) => $"{parent}[{index}]";
}
