using System.Text;

namespace Supervisor.Configuration;

/// <summary>Where the control socket lies, and how long its path may be.</summary>
public static class ControlSocketPath
{
    /// <summary>
    /// Bytes that fit into <c>sun_path</c> before its NUL: 104 with it on macOS (<c>sys/un.h</c>), 108 on Linux (unix(7)).
    /// </summary>
    public static int MaxBytes => OperatingSystem.IsMacOS() ? 103 : 107;

    /// <summary>The socket's path in a state folder.</summary>
    public static string In(string stateDir) => Path.Combine(stateDir, "supervisor.sock");

    /// <summary>Whether the system can bind a socket in a state folder.</summary>
    public static bool Fits(string stateDir) => Bytes(stateDir) <= MaxBytes;

    /// <summary>Why it cannot, and the remedy.</summary>
    public static string Explain(string stateDir) =>
        $"{In(stateDir)} would be a socket path of {Bytes(stateDir)} bytes, and the system takes {MaxBytes}; choose a shorter state_dir";

    private static int Bytes(string stateDir) => Encoding.UTF8.GetByteCount(In(stateDir));
}
