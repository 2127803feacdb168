using System.Net.Sockets;
using System.Security.Authentication;

namespace Supervisor.Https;

/// <summary>What a failed request means, in words.</summary>
internal static class Failure
{
    public const string NoOpenSsl = "needs OpenSSL, which is not on this machine; install libssl.so.3 (Debian: libssl3), or use http";

    /// <summary>What a check makes of it. Our own want of descriptors, ports or memory says nothing about the service.</summary>
    public static (string Verdict, string Detail) Judge(Exception e) => e switch
    {
        HttpRequestException { InnerException: SocketException socket } => (IsOurs(socket) ? "none" : "bad", Describe(socket)),
        HttpRequestException => ("bad", (e.InnerException ?? e).Message),
        _ => ("none", $"the prober failed: {e.Message}"),
    };

    /// <summary>The same without a word of what the other side said: it may have quoted the URL, which may be secret.</summary>
    public static string Tell(Exception e) => e switch
    {
        HttpRequestException { InnerException: SocketException socket } => Describe(socket),
        HttpRequestException { InnerException: AuthenticationException or (IOException and not HttpIOException) } => e.InnerException.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "the answer is not one of HTTP",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "the answer ended before its head did",
        HttpRequestException { HttpRequestError: var error } => $"the request failed: {error}",
        _ => $"the request failed: {e.GetType().Name}",
    };

    /// <summary>A text that may quote a server, which could steer the terminal it is shown on, or fill the disk it is logged to.</summary>
    public static string Quote(string text) => Printable.Shorten(Printable.Escape(text), 160);

    private static bool IsOurs(SocketException e) => e.SocketErrorCode is
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable or SocketError.ProcessLimit;

    private static string Describe(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        _ => e.Message,
    };
}
