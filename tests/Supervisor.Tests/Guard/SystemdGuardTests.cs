using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Guard;

public sealed class SystemdGuardTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_message_is_a_datagram_to_the_socket_it_names()
    {
        using var systemd = Listen(folder.File("notify"));
        var guard = From(("NOTIFY_SOCKET", folder.File("notify")));
        Assert.True(guard.Tell("READY=1\nSTATUS=ü") && guard.Tell("WATCHDOG=1"));
        Assert.Equal("READY=1\nSTATUS=ü", Receive(systemd));
        Assert.Equal("WATCHDOG=1", Receive(systemd));
    }

    [Fact]
    public void The_socket_may_be_an_abstract_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "abstract sockets are Linux's");
        var name = $"supervisor-test-{Guid.NewGuid()}";
        using var systemd = Listen($"\0{name}");
        var guard = From(("NOTIFY_SOCKET", $"@{name}"));
        Assert.True(guard.Tell("READY=1"));
        Assert.Equal("READY=1", Receive(systemd));
    }

    [Fact]
    public void Nobody_who_listens_or_has_room_holds_nothing_up()
    {
        var guard = From(("NOTIFY_SOCKET", folder.File("notify")));
        Assert.True(guard.Tell("READY=1"));
        using var systemd = Listen(folder.File("notify"));
        for (var message = 0; guard.Tell("STATUS=x"); message++)
            Assert.InRange(message, 0, 1_000_000);
        Receive(systemd);
        Assert.True(guard.Tell("STATUS=y"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("relative")]
    [InlineData("vsock:2:1234")]
    [InlineData("/far/too/long/far/too/long/far/too/long/far/too/long/far/too/long/far/too/long/far/too/long/far/too/long/far/too/long/")]
    public void Where_no_socket_can_be_meant_there_is_no_guard(string? name) =>
        Assert.Null(Find(("NOTIFY_SOCKET", name)));

    [Theory]
    [InlineData("30000000", null, 15.0)]
    [InlineData("30000000", "", 15.0)]
    [InlineData("30000000", "77", 15.0)]
    [InlineData("30000000", "78", null)]
    [InlineData("3", "77", 0.000001)]
    [InlineData("1", "77", null)]
    [InlineData("0", "77", null)]
    [InlineData("-5", "77", null)]
    [InlineData("soon", "77", null)]
    [InlineData("99999999999999999999999", "77", null)]
    [InlineData(null, "77", null)]
    public void The_watchdog_is_fed_twice_in_its_time_by_whom_it_means(string? microseconds, string? pid, double? seconds)
    {
        var guard = From(("NOTIFY_SOCKET", "/x"), ("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid));
        Assert.Equal(seconds is { } value ? TimeSpan.FromSeconds(value) : null, guard.AliveEvery);
    }

    private static Supervisor.Daemon.Supervision.Guard From(params (string Name, string? Value)[] variables) => Find(variables)!;

    private static Supervisor.Daemon.Supervision.Guard? Find(params (string Name, string? Value)[] variables) =>
        SystemdGuard.From(name => variables.FirstOrDefault(variable => variable.Name == name).Value, self: 77);

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static string Receive(Socket socket)
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
