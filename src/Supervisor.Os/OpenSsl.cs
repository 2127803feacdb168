using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// OpenSSL, which https needs everywhere but on macOS. The runtime loads it at the first use, and ends the whole process
/// if it is not there: so ask before.
/// </summary>
public static class OpenSsl
{
    private static readonly Lazy<bool> s_isMissing = new(() => OperatingSystem.IsLinux() && !CanLoad("libssl.so.3") && !CanLoad("libssl.so.1.1"));

    /// <summary>Whether https would be the end of us.</summary>
    public static bool IsMissing => s_isMissing.Value;

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
