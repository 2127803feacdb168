using System.Net.Sockets;
using System.Net;

namespace Supervisor.Daemon.Checks;

/// <summary>One connection to a port on 127.0.0.1; accepted is good. Nothing is sent and nothing is read.</summary>
internal static class TcpProber
{
    public static async Task<ProbeResult> ProbeAsync(int port, TimeSpan timeout)
    {
        using var deadline = ProbeDeadline.After(timeout);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), deadline.Token).ConfigureAwait(false);
            return IsItself(socket) ? new(Verdict.Bad, "connection refused") : new(Verdict.Good, "connection accepted");
        }
        catch (OperationCanceledException)
        {
            return ProbeResult.Late(timeout);
        }
        catch (SocketException e)
        {
            return SocketFailure.Judge(e);
        }
        catch (Exception e)
        {
            return ProbeResult.None(e);
        }
    }

    /// <summary>
    /// Where nobody listens, the system may choose the very port for our own end, and TCP connects the socket to itself
    /// (RFC 9293, 3.5: simultaneous open). That is nobody's health.
    /// </summary>
    private static bool IsItself(Socket socket) => Equals(socket.LocalEndPoint, socket.RemoteEndPoint);
}
