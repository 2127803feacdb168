using System.Net;
using System.Net.Sockets;

namespace Supervisor.Tests.Probes;

/// <summary>Checks by a connection alone.</summary>
[Collection(nameof(OneLoop))]
public sealed class TcpCheckTests : IDisposable
{
    private static readonly ProbeResult Refused = new(Verdict.Bad, "connection refused");

    private readonly Examination examination = new();

    public void Dispose() => examination.Dispose();

    [Fact]
    public void A_port_that_accepts_is_good_though_nothing_is_said()
    {
        examination.Begin(At(examination.Port));
        Assert.Equal(new(Verdict.Good, "connection accepted"), examination.Result());
        Assert.Equal(0, examination.Accept().Receive(new byte[1]));
    }

    [Fact]
    public void A_port_that_nobody_listens_on_is_bad()
    {
        examination.Begin(At(Examination.UnusedPort()));
        Assert.Equal(Refused, examination.Result());
    }

    [Fact]
    public void A_listener_that_takes_no_more_connections_is_bad_when_the_time_is_up()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux drops a connection that its listener has no room for");
        using var narrow = new Examination(backlog: 0);
        using var first = new TcpClient("127.0.0.1", narrow.Port);
        narrow.Begin(At(narrow.Port) with { HealthTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(new(Verdict.Bad, "no answer within 300ms"), narrow.ResultAfter(TimeSpan.FromMilliseconds(300)));
    }

    [Fact]
    public void A_socket_that_is_connected_to_itself_is_known_as_such()
    {
        using var self = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        self.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        self.Connect(self.LocalEndPoint!);
        Assert.True(Descriptors.IsConnectedToItself((int)self.Handle));
        using var other = new TcpClient("127.0.0.1", examination.Port);
        Assert.False(Descriptors.IsConnectedToItself((int)other.Client.Handle));
    }

    /// <summary>Where nobody listens, Linux chooses one port after the other for our own end, and so comes by the very one that is asked.</summary>
    [Fact]
    public void Nobody_is_well_because_we_have_met_ourselves()
    {
        // Of those that are chosen for connections, which are even ones, if those that listeners are given are not.
        var port = Examination.UnusedPort() & ~1;
        examination.Begin(At(port));
        Assert.Equal(Refused, examination.Result());
        for (var attempt = 0; attempt < 40_000; attempt++)
        {
            examination.Begin();
            Assert.Equal(Refused, examination.Result());
        }
    }

    private static ServiceConfig At(int port) => Examination.ServiceAt(port) with { HealthUrl = null, HealthTcp = port };
}
