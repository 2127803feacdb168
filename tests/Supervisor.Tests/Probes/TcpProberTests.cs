using System.Net;
using System.Net.Sockets;

namespace Supervisor.Tests.Probes;

public sealed class TcpProberTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_port_that_accepts_is_good_though_nothing_is_said()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Equal(new(Verdict.Good, "connection accepted"), await TcpProber.ProbeAsync(PortOf(listener), Patience));
        using var client = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_bad()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = PortOf(listener);
        listener.Stop();
        Assert.Equal(new(Verdict.Bad, "connection refused"), await TcpProber.ProbeAsync(port, Patience));
    }

    [Fact]
    public async Task A_listener_that_takes_no_more_connections_is_bad_when_the_time_is_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux drops a connection that its listener has no room for");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        Assert.Equal(new(Verdict.Bad, "no answer within 300ms"), await TcpProber.ProbeAsync(port, TimeSpan.FromMilliseconds(300)));
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
