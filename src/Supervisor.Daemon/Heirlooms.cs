using System.Globalization;
using System.Net.Sockets;

namespace Supervisor.Daemon;

/// <summary>The open files that a supervisor hands to its successor.</summary>
/// <param name="Lock">The descriptor of the locked file.</param>
/// <param name="Listener">The descriptor of the listening socket.</param>
internal sealed record Heirlooms(int Lock, int Listener)
{
    /// <summary>Reads what <see cref="ToString"/> has written; null if it makes no sense.</summary>
    public static Heirlooms? Parse(string text) =>
        text.Split(',') is [var first, var second] && IsDescriptor(first, out var locked) && IsDescriptor(second, out var listener)
            ? new(locked, listener)
            : null;

    /// <summary>The listening socket.</summary>
    public Socket ToSocket() => new(new SafeSocketHandle(Listener, ownsHandle: true));

    /// <summary>Whether the next program to be executed gets them.</summary>
    public void SetClosing(bool closing)
    {
        foreach (var descriptor in new[] { Lock, Listener })
            _ = Libc.IoControl(descriptor, closing ? Platform.Current.CloseOnExec : Platform.Current.KeepOnExec);
    }

    public override string ToString() => $"{Lock},{Listener}";

    private static bool IsDescriptor(string text, out int descriptor) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out descriptor) && descriptor > 2;
}
