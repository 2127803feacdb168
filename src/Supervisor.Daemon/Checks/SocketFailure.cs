using System.Net.Sockets;

namespace Supervisor.Daemon.Checks;

/// <summary>What a failed connection means.</summary>
internal static class SocketFailure
{
    /// <summary>Our own want of descriptors, ports or memory says nothing about the service.</summary>
    public static ProbeResult Judge(SocketException e) => new(IsOurs(e.SocketErrorCode) ? Verdict.None : Verdict.Bad, Describe(e));

    private static bool IsOurs(SocketError error) => error is
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable or SocketError.ProcessLimit;

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        _ => e.Message,
    };
}
