using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>
/// OpenSSL, which https needs everywhere but on macOS. The runtime loads it at the first use, and ends the whole process
/// if it is not there: so ask before.
/// </summary>
public static class OpenSsl
{
    private static volatile bool s_isThere = !OperatingSystem.IsLinux();

    /// <summary>Whether https would be the end of us. Asked again until it is not: descriptors may have run out, for a while.</summary>
    public static bool IsMissing => !(s_isThere = s_isThere || CanLoad("libssl.so.3") || CanLoad("libssl.so.1.1"));

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var handle))
            return false;
        NativeLibrary.Free(handle);
        return true;
    }
}
