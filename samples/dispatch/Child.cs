using System.Diagnostics;

namespace Dispatch;

/// <summary>A child that stays in the daemon's process group and outlives it, unless the whole group is killed.</summary>
internal static class Child
{
    // A signal that is ignored stays ignored across exec: one process, not a shell with a child of its own.
    // The number is the longest time that every sleep takes; not all of them know "infinity".
    private const string Stay = "exec sleep 2147483647";

    /// <returns>Its process id.</returns>
    public static int Start(bool ignoreTerm)
    {
        using var child = Process.Start("/bin/sh", ["-c", ignoreTerm ? $"trap '' TERM; {Stay}" : Stay]);
        return child.Id;
    }
}
