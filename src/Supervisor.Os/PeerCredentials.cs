using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>Who is at the other end of a Unix socket: the kernel says so, and it cannot be pretended.</summary>
public static class PeerCredentials
{
    private const int Size = 128; // more than struct ucred (12 bytes) and struct xucred (76)

    /// <summary>The user, if it is our own or root; null for anybody else.</summary>
    /// <exception cref="SocketException">The kernel does not say.</exception>
    public static uint? TrustedUser(Socket socket)
    {
        var platform = Platform.Current;
        Span<byte> credentials = stackalloc byte[Size];
        socket.GetRawSocketOption(platform.SocketLevel, platform.PeerCredentials, credentials);
        var uid = MemoryMarshal.Read<uint>(credentials[platform.PeerUidOffset..]);
        return uid == 0 || uid == Libc.EffectiveUser() ? uid : null;
    }
}
