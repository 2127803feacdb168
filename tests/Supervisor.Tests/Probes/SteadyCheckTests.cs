using System.Net.Sockets;
using Supervisor.Tests.Loop;

namespace Supervisor.Tests.Probes;

/// <summary>A thousand services are checked all day long: what one check allocates would keep the collector busy.</summary>
[Collection(nameof(OneLoop))]
public sealed class SteadyCheckTests : IDisposable
{
    private const int Checks = 1000;

    private readonly Turning turning = new();
    private readonly Socket listener = Examination.Listening(AddressFamily.InterNetwork, 0, 16);
    private readonly byte[] request = new byte[4096];
    private int client = -1;

    public SteadyCheckTests() => listener.Blocking = false;

    public void Dispose()
    {
        listener.Dispose();
        turning.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_good_check_allocates_nothing(bool isTcp)
    {
        var (good, now) = (0, TimeSpan.Zero);
        var check = SocketCheck.For(Service(isTcp), turning.Poller, turning.Deadlines, result => good += result.Verdict == Verdict.Good ? 1 : 0)!;
        Check(100);
        // The runtime may allocate once, where it compiles anew what is hot; a check that allocates does so in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 3 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Check(Checks);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);

        void Check(int times)
        {
            for (var until = good + times; good < until;)
            {
                var so = good;
                check.Begin(now += TimeSpan.FromSeconds(2));
                while (good == so)
                    Turn();
                turning.Deadlines.Fire(now);
            }
        }
    }

    /// <summary>The whole way: the service is due, the kernel decides, the world asks, the answer is noted, and the loop looks what follows.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_service_that_is_well_costs_no_memory(bool isTcp)
    {
        var service = Service(isTcp);
        var world = new CheckedWorld(turning.Poller);
        var loop = world.Start(service);
        Check(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Check(Checks);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal("healthy", StillWorld.StatusOf(loop).Health);
        Assert.Equal(100 + Checks, world.Answers);

        void Check(int times)
        {
            for (var until = world.Answers + times; world.Answers < until;)
            {
                world.Clock.Now += service.Spec.HealthInterval;
                loop.Turn();
                for (var asked = world.Asked; world.Answers < asked;)
                    Turn();
                loop.Turn();
            }
        }
    }

    private ServiceConfig Service(bool isTcp)
    {
        var port = ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;
        return Examination.ServiceAt(port) with { Cmd = ["/bin/sh"], HealthUrl = isTcp ? null : new($"http://127.0.0.1:{port}/health"), HealthTcp = isTcp ? port : null };
    }

    /// <summary>A turn of the loop, and one of the endpoint, which says that all is well to whoever asks. It allocates nothing either.</summary>
    private void Turn()
    {
        turning.Poller.Wait(TimeSpan.Zero);
        if (client < 0)
            client = Descriptors.Accept((int)listener.Handle);
        if (client < 0)
            return;
        var received = Descriptors.Receive(client, request);
        if (received > 0)
            _ = Descriptors.Send(client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8);
        if (Descriptors.IsNotYet(received))
            return;
        Descriptors.Close(client);
        client = -1;
    }

    /// <summary>A clock that allocates nothing.</summary>
    private sealed class PlainClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;
    }

    /// <summary>As much of a real world as a check needs.</summary>
    private sealed class CheckedWorld(Poller poller) : StillWorld
    {
        private SupervisorLoop? loop;

        public PlainClock Clock { get; } = new();

        public int Asked { get; private set; }

        public int Answers { get; private set; }

        public override SpawnResult Spawn(SpawnRequest request) => new(2, null);

        public SupervisorLoop Start(ServiceConfig service)
        {
            var config = new SupervisorConfig { File = "/f.json", LogDir = "/", StateDir = "/", Services = [service] };
            loop = new(config, new(1, "", default), Surroundings with { Time = Clock }, []);
            loop.Start();
            return loop;
        }

        public override void Probe(ManagedService service, ProbeTicket ticket)
        {
            Asked++;
            service.Check ??= CheckOf(service);
            service.Check.Begin(ticket.AskedAt);
        }

        /// <summary>Apart, for what a lambda holds is allocated where the method begins that it stands in.</summary>
        private SocketCheck CheckOf(ManagedService service) => SocketCheck.For(service.Config, poller, Deadlines, result =>
        {
            Answers++;
            loop!.OnProbed(service, service.Ticket, result);
        })!;
    }
}
