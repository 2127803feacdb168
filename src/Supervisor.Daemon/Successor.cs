using System.Globalization;
using System.Runtime.InteropServices;

namespace Supervisor.Daemon;

/// <summary>
/// The program that is now on disk where this one was, executed in our place, in the same process: our children stay its children, and
/// it keeps the lock and the listening socket, so that nobody can come between and no client is refused.
/// </summary>
/// <param name="Lock">The descriptor of the locked file.</param>
/// <param name="Listener">The descriptor of the listening socket.</param>
internal sealed record Successor(int Lock, int Listener)
{
    /// <summary>By which the successor hears of the commands that are under way.</summary>
    public const string CommandsVariable = "SUPERVISOR_COMMANDS";

    /// <summary>What <see cref="Execute"/> has passed on; null if it makes no sense.</summary>
    public static Successor? Parse(string text) =>
        text.Split(',') is [var first, var second] && IsDescriptor(first, out var locked) && IsDescriptor(second, out var listener)
            ? new(locked, listener)
            : null;

    /// <summary>Whether the next program to be executed gets the descriptors.</summary>
    public void SetClosing(bool closing)
    {
        Descriptors.SetClosing(Lock, closing);
        Descriptors.SetClosing(Listener, closing);
    }

    /// <summary>
    /// Becomes the successor. Returns only if that failed. A signal that comes meanwhile stays blocked, and reaches the successor as soon
    /// as it listens.
    /// </summary>
    /// <param name="configFile">What it is to supervise.</param>
    /// <param name="words">What it is to be told besides.</param>
    /// <param name="commands">The commands that are under way.</param>
    /// <returns>Why it did.</returns>
    public unsafe string Execute(string configFile, IReadOnlyList<string> words, string commands)
    {
        if (Missing() is { } missing)
            return missing;
        using var argv = new NativeStrings([ProgramPath.OnDisk, "-c", configFile, "up", "--inherit", $"{Lock},{Listener}", .. words]);
        using var envp = new NativeStrings(InheritedEnvironment.Whole, [new(CommandsVariable, commands)]);
        SetClosing(false);
        _ = Libc.Execute(ProgramPath.OnDisk, argv.Pointer, envp.Pointer);
        var error = Marshal.GetLastPInvokeErrorMessage();
        SetClosing(true);
        return $"{ProgramPath.OnDisk}: {error}";
    }

    /// <summary>
    /// The successor needs as many threads and descriptors as are given back here, and cannot do without. If one more is to be had, so are
    /// these; if not, a limit may be far below what is in use, and the successor's first act be its last.
    /// </summary>
    private static string? Missing()
    {
        try
        {
            new Thread(static () => { }, maxStackSize: 64 * 1024) { IsBackground = true }.Start();
            File.OpenHandle("/dev/null").Dispose();
            return null;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException or IOException or UnauthorizedAccessException)
        {
            return $"there are no threads or descriptors to be had at the moment, which a successor needs: {e.Message}";
        }
    }

    private static bool IsDescriptor(string text, out int descriptor) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out descriptor) && descriptor > 2;
}
