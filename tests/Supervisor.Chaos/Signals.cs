using System.Runtime.InteropServices;

namespace Supervisor.Chaos;

/// <summary>kill(2), for <see cref="System.Diagnostics.Process"/> knows SIGKILL alone.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Term = 15;
    public const int Continue = 18; // Linux
    public const int Stop = 19; // Linux

    /// <summary>Whether it was sent.</summary>
    public static bool Send(int pid, int signal) => SendRaw(pid, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendRaw(int pid, int signal);
}
