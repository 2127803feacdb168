using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Ports that nobody uses, each given out once.</summary>
internal static class Ports
{
    private static readonly ConcurrentDictionary<int, bool> Given = [];

    public static int Free()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (Given.TryAdd(port, true))
                return port;
        }
    }
}
