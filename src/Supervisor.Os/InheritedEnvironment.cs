using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// This process's own environment, byte for byte as it was given: what children inherit need not be text in UTF-8, and is never copied.
/// The runtime keeps changes to itself, so the variables stay where they are.
/// </summary>
internal static unsafe class InheritedEnvironment
{
    private static readonly nint[] All = Read();
    private static readonly nint[] ForChildren = [.. All.Where(variable => !IsOurs(Text(variable)))];

    /// <summary>Each variable as the address of <c>NAME=value</c>.</summary>
    public static ReadOnlySpan<nint> Whole => All;

    /// <summary>
    /// The same without what is meant for the supervisor alone: a daemon that speaks sd_notify(3) with our variables would speak for us, and
    /// if this supervisor is a daemon of another one, the mark says so of this process only.
    /// </summary>
    public static ReadOnlySpan<nint> OfChildren => ForChildren;

    /// <summary>The first variable of a name, byte for byte; null if there is none.</summary>
    public static string? Find(string name)
    {
        var start = SystemText.Bytes($"{name}=");
        foreach (var variable in All)
            if (Text(variable).StartsWith(start))
                return SystemText.Decode(Text(variable)[start.Length..]);
        return null;
    }

    /// <summary>All of them.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Texts =>
        All.Select(variable => SystemText.Decode(Text(variable)).Split('=', 2)).Where(parts => parts.Length == 2).Select(parts => KeyValuePair.Create(parts[0], parts[1]));

    /// <summary>What stands at an address.</summary>
    public static ReadOnlySpan<byte> Text(nint variable) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)variable);

    private static bool IsOurs(ReadOnlySpan<byte> variable) =>
        variable.StartsWith("SUPERVISOR_COMMANDS="u8) || variable.StartsWith("SUPERVISOR_SERVICE="u8) || variable.StartsWith("SUPERVISOR_GENERATION="u8) || variable.StartsWith("SUPERVISOR_STATE_DIR="u8)
        || variable.StartsWith("NOTIFY_SOCKET="u8) || variable.StartsWith("WATCHDOG_USEC="u8) || variable.StartsWith("WATCHDOG_PID="u8)
        || variable.StartsWith("LISTEN_FDS="u8) || variable.StartsWith("LISTEN_PID="u8) || variable.StartsWith("LISTEN_FDNAMES="u8);

    /// <summary>Of <c>environ</c>, environ(7); <c>_NSGetEnviron</c> of crt_externs.h.</summary>
    private static byte*** Address() => OperatingSystem.IsMacOS()
        ? Libc.MacEnvironment()
        : (byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "environ");

    private static nint[] Read()
    {
        var variables = new List<nint>();
        for (var next = *Address(); *next is not null; next++)
            variables.Add((nint)(*next));
        return [.. variables];
    }
}
