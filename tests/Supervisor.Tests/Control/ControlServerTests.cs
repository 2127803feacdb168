using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Control;

/// <summary>The server against clients that mean it no good, with a loop that answers only what is <c>status</c>.</summary>
[Collection(nameof(OneLoop))]
public sealed class ControlServerTests : IDisposable
{
    private const string Status = """{"jsonrpc":"2.0","id":1,"method":"status"}""";
    private const string Notification = """{"jsonrpc":"2.0","method":"status"}""";
    private const string Wait = """{"jsonrpc":"2.0","id":2,"method":"wait","params":{"timeout":86400}}""";
    private const string Events = """{"jsonrpc":"2.0","id":1,"method":"events"}""";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
    private static readonly ControlLimits Usual = new();

    private readonly TempFolder folder = new();
    private readonly Turning turning = new();
    private readonly List<Caller> clients = [];
    private readonly List<Question> waits = [];
    private Action? before;
    private Reply reply = Nothing;
    private int asked;
    private ControlServer? server;

    private static Reply Nothing { get; } = new(new(new(1, "", default), []));

    public void Dispose()
    {
        clients.ForEach(client => client.Dispose());
        server!.Close();
        turning.Until(() => server.IsEmpty);
        turning.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Half_a_message_and_then_silence_loses_the_connection_while_others_are_served()
    {
        Listen();
        var stalled = Connect();
        stalled.Send("{\"jsonrpc\""u8);
        turning.Turn();
        turning.Turn();
        turning.Pass(Usual.Stall - Instant);
        var other = Connect();
        Assert.Contains("result", other.Ask(Status));
        Assert.False(stalled.IsClosed);
        turning.Pass(Instant);
        Assert.True(stalled.IsClosed);
        Assert.Contains("result", other.Ask(Status));
    }

    [Fact]
    public void A_message_that_drips_loses_the_connection_however_steadily()
    {
        Listen();
        var drip = Connect();
        for (var drops = 0; drops < 10; drops++)
        {
            drip.Send("x"u8);
            turning.Turn();
            Assert.False(drip.IsClosed);
            turning.Turn();
            turning.Pass(Usual.Stall / 10);
        }
        Assert.True(drip.IsClosed);
    }

    [Fact]
    public void Silence_between_messages_has_its_end_too()
    {
        Listen();
        var (silent, former) = (Connect(), Connect());
        Assert.Contains("result", former.Ask(Status));
        turning.Pass(Usual.Idle / 2);
        Assert.Contains("result", former.Ask(Status));
        turning.Pass(Usual.Idle / 2);
        Assert.Equal((true, false), (silent.IsClosed, former.IsClosed));
        turning.Pass(Usual.Idle / 2);
        Assert.True(former.IsClosed);
    }

    [Fact]
    public void Who_asks_and_never_reads_loses_the_connection()
    {
        Listen();
        var flood = Connect();
        var requests = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Status + "\n", 1000)));
        for (var stuck = 0; stuck < 1000; turning.Turn())
            stuck = flood.TrySend(requests) == 0 ? stuck + 1 : 0;
        Assert.False(server!.IsEmpty);
        turning.Pass(Usual.Stall);
        Assert.True(server.IsEmpty);
        Assert.Throws<SocketException>(() => flood.TrySend(requests));
    }

    [Fact]
    public void Who_never_stops_talking_keeps_nobody_else_out()
    {
        Listen();
        var talker = Connect();
        before = () => talker.Send(Notification);
        talker.Send(Notification);
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void A_flood_of_requests_keeps_nobody_waiting()
    {
        Listen();
        Caller[] floods = [Connect(), Connect(), Connect()];
        var requests = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Notification + "\n", 200)));
        var other = Connect();
        for (var round = 0; round < 20; round++)
        {
            foreach (var flood in floods)
                flood.TrySend(requests);
            turning.Turn();
            other.Send(Status);
            var former = asked;
            turning.Turn();
            Assert.InRange(asked - former, 1, 2 * (floods.Length + 1));
            Assert.Contains("result", other.Read());
        }
    }

    /// <summary>What it says faster than it is heard stays in its own socket.</summary>
    [Fact]
    public void Who_says_more_than_is_heard_costs_no_memory()
    {
        Listen();
        var flood = Connect();
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Notification + "\n", 1000)));
        long sent = 0;
        for (var turn = 0; turn < 2000; turn++)
        {
            sent += flood.TrySend(lines.AsSpan((int)(sent % lines.Length)..));
            turning.Turn();
        }
        Assert.InRange(asked, 2000, 4000);
        Assert.InRange(sent - (long)asked * (Notification.Length + 1), 0, 1_000_000);
    }

    [Fact]
    public void Who_leaves_while_an_answer_is_awaited_makes_room_for_others()
    {
        Listen(new() { Connections = 4 });
        Caller[] left = [Connect(), Connect(), Connect(), Connect()];
        foreach (var client in left)
            client.Send(Wait);
        turning.Until(() => waits.Count == 4);
        Assert.All(waits, one => Assert.False(one.IsOver));
        foreach (var client in left)
            client.Dispose();
        turning.Until(() => waits.All(one => one.IsOver));
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void Who_has_done_with_writing_still_gets_the_answer()
    {
        Listen();
        var client = Connect();
        client.Send(Wait);
        client.StopWriting();
        turning.Until(() => waits.Count == 1);
        for (var hour = 0; hour < 24; hour++)
            turning.Pass(TimeSpan.FromHours(1));
        Assert.False(waits[0].IsOver);
        waits[0].Answer(Nothing);
        Assert.Contains("result", client.Read());
        Assert.Equal("", client.Read());
    }

    [Fact]
    public void Who_has_done_with_writing_gets_the_answers_to_all_that_it_asked()
    {
        Listen();
        var client = Connect();
        client.Send([.. Enumerable.Range(1, 50).Select(Numbered)]);
        client.StopWriting();
        foreach (var number in Enumerable.Range(1, 50))
            Assert.Contains($"\"id\":{number},", client.Read());
        Assert.Equal("", client.Read());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void What_is_said_without_waiting_for_an_answer_is_obeyed(int times)
    {
        Listen();
        using (var client = Connect())
            client.Send([.. Enumerable.Repeat(Notification, times)]);
        turning.Until(() => asked == times);
        turning.Until(() => server!.IsEmpty);
    }

    [Theory]
    [InlineData(Notification, 1, 0)]
    [InlineData(Notification, 500, 0)]
    [InlineData(Notification, 5_000, 0)]
    [InlineData(Status, 500, 0)]
    [InlineData(Status, 500, 1)]
    public void What_was_sent_is_obeyed_though_its_client_leaves_while_something_else_is_awaited(string line, int times, int turns)
    {
        Listen();
        using (var client = Connect())
        {
            client.Send(Wait);
            client.Send([.. Enumerable.Repeat(line, times)]);
            for (var turn = 0; turn < turns; turn++)
                turning.Turn();
        }
        turning.Until(() => asked == times);
        turning.Until(() => server!.IsEmpty);
        Assert.True(waits.Single().IsOver);
    }

    [Fact]
    public void Who_leaves_with_answers_unread_has_all_that_it_asked_obeyed()
    {
        Listen();
        reply = new(new(new(1, new string('v', 2_000_000), default), []));
        using (var client = Connect())
        {
            client.Send([.. Enumerable.Range(1, 50).Select(Numbered)]);
            turning.Until(() => asked == 1);
            turning.Turn();
        }
        turning.Until(() => asked == 50);
        turning.Until(() => server!.IsEmpty);
    }

    [Fact]
    public void Who_means_another_configuration_of_the_same_folder_is_refused_and_who_means_this_one_by_whatever_path_is_not()
    {
        var (mine, other) = (folder.Write("mine.json", "{}"), folder.Write("other.json", "{}"));
        File.CreateSymbolicLink(folder.File("link.json"), mine);
        Listen(serves: mine);
        var client = Connect();
        Assert.Contains($"\"code\":-32004,\"message\":\"the supervisor here serves {mine}\"", client.Ask(Meaning(other)));
        foreach (var path in new[] { mine, folder.File("link.json"), folder.File("moved.json") })
            Assert.Contains("result", client.Ask(Meaning(path)));
        Assert.Contains("result", client.Ask(Status));
        File.Delete(mine); // The folder was moved: nobody can tell.
        Assert.Contains("result", client.Ask(Meaning(other)));
        Assert.Equal(5, asked);

        static string Meaning(string path) => $$$"""{"jsonrpc":"2.0","id":1,"method":"status","params":{"config":"{{{path}}}"}}""";
    }

    [Fact]
    public void One_connection_too_many_is_told_so()
    {
        Listen(new() { Connections = 1 });
        var first = Connect();
        Assert.Contains("result", first.Ask(Status));
        var second = Connect();
        Assert.Contains("at most 1 connections", second.Read());
        Assert.Equal("", second.Read());
        Assert.Contains("result", first.Ask(Status));
    }

    [Fact]
    public void Sixty_four_are_served_and_the_next_one_is_as_soon_as_one_has_left()
    {
        Listen();
        Caller[] all = [.. Enumerable.Range(0, 64).Select(_ => Connect())];
        Assert.All(all, client => Assert.Contains("result", client.Ask(Status)));
        Assert.Contains("at most 64 connections", Connect().Read());
        all[17].Dispose();
        turning.Turn();
        Assert.Contains("result", Connect().Ask(Status));
        Assert.Contains("at most 64 connections", Connect().Read());
    }

    [Fact]
    public void Who_listens_hears_what_happens_to_those_it_named_however_long_it_is_quiet()
    {
        Listen();
        var listener = Connect();
        Assert.Contains("\"subscribed\":true", listener.Ask("""{"jsonrpc":"2.0","id":1,"method":"events","params":{"names":["w*"]}}"""));
        turning.Pass(TimeSpan.FromHours(1));
        turning.Pass(TimeSpan.FromHours(1));
        Tell("other");
        Tell(null);
        server!.Tell(new(default, "web", "started", "started (pid 1)") { Pid = 1 });
        Assert.Equal("""{"jsonrpc":"2.0","method":"event","params":{"at":"0001-01-01T00:00:00+00:00","service":"web","event":"started","text":"started (pid 1)","pid":1}}""" + "\n", listener.Read());
    }

    [Fact]
    public void Who_listens_and_does_not_read_is_cut_off()
    {
        Listen();
        var listener = Connect();
        Assert.Contains("subscribed", listener.Ask(Events));
        for (var i = 0; i < 3000 && !server!.IsEmpty; i++)
            Tell("web");
        Assert.True(server!.IsEmpty);
    }

    [Fact]
    public void Who_listens_and_has_not_read_for_too_long_is_cut_off_before_there_is_too_much()
    {
        Listen();
        var listener = Connect();
        Assert.Contains("subscribed", listener.Ask(Events));
        for (var i = 0; i < 800; i++)
            Tell("web");
        turning.Pass(Usual.Stall - Instant);
        Assert.False(server!.IsEmpty);
        turning.Pass(Instant);
        Assert.True(server.IsEmpty);
    }

    [Fact]
    public void Who_listens_and_reads_slowly_misses_nothing()
    {
        Listen();
        var listener = Connect();
        Assert.Contains("subscribed", listener.Ask(Events));
        for (var i = 0; i < 800; i++)
            server!.Tell(new(default, "web", $"e{i}", new string('x', 1000)));
        for (var i = 0; i < 800; i++)
        {
            Assert.Contains($"\"e{i}\"", listener.Read());
            turning.Turn();
            if (i % 250 == 249)
                turning.Pass(Usual.Stall / 2);
        }
        turning.Pass(TimeSpan.FromHours(1));
        server!.Tell(new(default, "web", "last", ""));
        Assert.Contains("last", listener.Read());
    }

    [Fact]
    public void Who_listened_and_left_makes_room_for_others()
    {
        Listen(new() { Connections = 1 });
        using (var listener = Connect())
            Assert.Contains("subscribed", listener.Ask(Events));
        turning.Until(() => server!.IsEmpty);
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void Wrong_params_of_events_are_refused()
    {
        Listen();
        Assert.Contains("-32602", Connect().Ask("""{"jsonrpc":"2.0","id":1,"method":"events","params":{"names":[null]}}"""));
    }

    [Fact]
    public void A_line_of_a_megabyte_is_refused_while_others_are_served()
    {
        Listen();
        var flood = Connect();
        try
        {
            flood.Send(new byte[1_000_000]);
            Assert.Contains("a message is at most 65536 bytes", flood.Read());
        }
        catch (SocketException)
        {
            // Closed before all was sent, which is what was to be seen.
        }
        turning.Until(() => server!.IsEmpty);
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Theory]
    [InlineData(65536, 65537)]
    [InlineData(65536, 1000)]
    [InlineData(65536, 16384)]
    [InlineData(65537, 65538)]
    [InlineData(65537, 1000)]
    [InlineData(65537, 16384)]
    public void A_line_has_64_KiB_and_not_a_byte_more_however_it_comes(int length, int piece)
    {
        Listen();
        var client = Connect();
        var line = Encoding.UTF8.GetBytes(Status.Insert(1, new string(' ', length - Status.Length)) + "\n");
        foreach (var part in line.Chunk(piece))
        {
            client.Send(part);
            turning.Turn();
        }
        Assert.Contains(length > 65536 ? "a message is at most 65536 bytes" : "result", client.Read());
        Assert.Equal(length > 65536, client.IsClosed);
    }

    [Fact]
    public void Nesting_that_is_too_deep_is_refused()
    {
        Listen();
        var deep = Connect();
        Assert.Contains("-32700", deep.Ask(new string('[', 60_000)));
        Assert.Equal("", deep.Read());
    }

    [Fact]
    public void What_is_not_UTF_8_is_refused_in_what_is()
    {
        Listen();
        var noise = Connect();
        noise.Send([0xff, 0xfe, 0xfd, (byte)'\n']);
        Assert.Contains("-32700", noise.Read());
        var overlong = Connect();
        overlong.Send([.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""u8, 0xc0, 0xaf, .. "\"}\n"u8]);
        Assert.Contains("\"error\"", overlong.Read());
    }

    [Fact]
    public void What_makes_no_sense_is_refused_and_the_next_message_is_heard()
    {
        Listen();
        var client = Connect();
        Assert.Contains("-32601", client.Ask("""{"jsonrpc":"2.0","id":1,"method":"dance"}"""));
        Assert.Contains("-32600", client.Ask("""{"id":1,"method":"status"}"""));
        Assert.Contains("-32602", client.Ask("""{"jsonrpc":"2.0","id":1,"method":"stop"}"""));
        Assert.Contains("there are no batches", client.Ask($"[{Status}]"));
        client.Send("""{"jsonrpc":"2.0","method":"dance"}""");
        Assert.Contains("\"id\":7,\"result\"", client.Ask(Numbered(7)));
    }

    [Fact]
    public void Two_messages_in_one_packet_get_two_answers_in_their_order()
    {
        Listen();
        var client = Connect();
        client.Send(Numbered(1), Numbered(2));
        Assert.Contains("\"id\":1", client.Read());
        Assert.Contains("\"id\":2", client.Read());
    }

    [Fact]
    public void Further_messages_wait_until_the_one_before_is_answered()
    {
        Listen();
        var client = Connect();
        client.Send(Numbered(1), Wait, Numbered(3), Wait.Replace(":2,", ":4,", StringComparison.Ordinal), Numbered(5));
        Assert.Contains("\"id\":1", client.Read());
        turning.Until(() => waits.Count == 1);
        for (var turn = 0; turn < 10; turn++)
            turning.Pass(Usual.Idle);
        Assert.Equal(1, asked);
        waits[0].Answer(Nothing);
        Assert.Contains("\"id\":2", client.Read());
        Assert.Contains("\"id\":3", client.Read());
        turning.Until(() => waits.Count == 2);
        waits[1].Answer(Nothing);
        Assert.Contains("\"id\":4", client.Read());
        Assert.Contains("\"id\":5", client.Read());
    }

    [Fact]
    public void A_message_that_comes_in_single_bytes_is_heard_as_in_one_piece()
    {
        Listen();
        var client = Connect();
        foreach (var letter in Status + "\n" + Numbered(2) + "\n")
        {
            client.Send([(byte)letter]);
            turning.Turn();
        }
        Assert.Contains("\"id\":1", client.Read());
        Assert.Contains("\"id\":2", client.Read());
    }

    [Fact]
    public void A_large_answer_is_taken_piece_by_piece_and_nothing_is_read_meanwhile()
    {
        Listen();
        reply = new(new(new(1, new string('v', 2_000_000), default), []));
        var client = Connect();
        client.Send(Status, Numbered(2));
        for (var turn = 0; turn < 10; turn++)
            turning.Turn();
        Assert.Equal(1, asked);
        Assert.InRange(client.Read().Length, 2_000_000, 2_001_000);
        Assert.InRange(client.Read().Length, 2_000_000, 2_001_000);
        Assert.Equal(2, asked);
    }

    /// <summary>In turns of 100, for the test's own descriptors are limited too.</summary>
    [Fact]
    public void After_ten_thousand_connections_the_next_one_is_served_and_nothing_is_left_of_them()
    {
        Listen();
        for (var round = 0; round < 100; round++)
        {
            Caller[] crowd = [.. Enumerable.Range(0, 100).Select(_ => new Caller(turning, folder.File("s")))];
            if (round % 2 == 0)
                turning.Turn();
            foreach (var client in crowd)
                client.Dispose();
            turning.Turn();
        }
        turning.Until(() => server!.IsEmpty);
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void The_client_of_another_user_is_hung_up_on_even_if_the_mode_of_the_socket_lets_it_in()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "only root can become another user, with setpriv");
        Listen();
        const UnixFileMode everybody = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(folder.Path, everybody);
        File.SetUnixFileMode(folder.File("s"), everybody);
        const string script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(30); print('said', s.recv(4096))";
        using var nobody = Process.Start(new ProcessStartInfo(
            "/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "-i", "python3", "-c", script, folder.File("s")])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        turning.Until(() => nobody.HasExited);
        var said = nobody.StandardOutput.ReadToEnd() + nobody.StandardError.ReadToEnd();
        Assert.SkipWhen(said.Contains("env:", StringComparison.Ordinal), $"there is no python3 that everybody may run: {said}");
        Assert.Equal("said b''\n", said);
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void Once_retired_it_takes_nobody_new_and_answers_whom_it_has()
    {
        Listen();
        var client = Connect();
        Assert.Contains("result", client.Ask(Status));
        server!.Retire();
        server.Retire();
        Assert.False(File.Exists(folder.File("s")));
        Assert.ThrowsAny<SocketException>(Connect);
        Assert.Contains("result", client.Ask(Status));
    }

    [Fact]
    public void At_the_end_the_last_answers_get_out_and_all_are_hung_up_on()
    {
        Listen();
        reply = new(new(new(1, new string('v', 2_000_000), default), []));
        var (slow, idle, waiting) = (Connect(), Connect(), Connect());
        slow.Send(Status);
        waiting.Send(Wait);
        turning.Until(() => asked == 1 && waits.Count == 1);
        waits[0].Answer(Nothing);
        server!.Close();
        turning.Turn();
        Assert.Equal("", idle.Read());
        Assert.Contains("\"id\":2", waiting.Read());
        Assert.Equal("", waiting.Read());
        Assert.False(server.IsEmpty);
        Assert.InRange(slow.Read().Length, 2_000_000, 2_001_000);
        Assert.Equal("", slow.Read());
        Assert.True(server.IsEmpty);
    }

    [Fact]
    public void A_successor_goes_on_with_the_listening_socket_and_nobody_is_refused()
    {
        Listen();
        var predecessor = server!;
        turning.Poller.Forget(predecessor);
        var early = Connect();
        server = new(folder.File("s"), predecessor.Listener, Answer, turning.Poller, turning.Deadlines, turning.Time);
        Assert.Contains("result", early.Ask(Status));
        Assert.Contains("result", Connect().Ask(Status));
    }

    [Fact]
    public void It_listens_where_another_left_its_socket_and_for_its_own_user_alone()
    {
        folder.Write("s", "stale");
        Listen();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("s")));
        Assert.Contains("result", Connect().Ask(Status));
    }

    private static string Numbered(int number) => Status.Replace(":1,", $":{number},", StringComparison.Ordinal);

    private void Listen(ControlLimits? limits = null, string? serves = null) => server = new(folder.File("s"), null, Answer, turning.Poller, turning.Deadlines, turning.Time, limits, serves);

    private Caller Connect()
    {
        clients.Add(new(turning, folder.File("s")));
        return clients[^1];
    }

    private void Tell(string? service) => server!.Tell(new(default, service, "started", new string('x', 1000)));

    private void Answer(Question question)
    {
        before?.Invoke();
        if (question.Request is not Request.Status)
        {
            waits.Add(question);
            return;
        }
        asked++;
        question.Answer(reply);
    }
}
