using System.Text.Json;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Daemon.Control;

/// <summary>
/// One client of the control socket: reads a line, asks, waits for the answer, writes it, reads the next. Whoever asks for events only
/// listens from then on. Nothing is read while an answer is awaited or unread, so a client that floods us fills its own socket.
/// </summary>
internal sealed class Connection(ControlServer server, int descriptor, Requester by) : Watcher
{
    private static readonly byte[] Piece = new byte[16 * 1024];

    private byte[] input = [];
    private int inputLength;
    private byte[] output = [];
    private int outputStart;
    private int outputLength;
    private Question? asked;
    private IReadOnlyList<string>? heard;
    private bool isListening;
    private bool isEnding;
    private bool isGone;
    private bool isClosed;

    /// <summary>Hears what the client wants.</summary>
    public void Begin()
    {
        server.Poller.Watch(this, descriptor, Descriptors.In);
        server.Deadlines.Set(this, server.Now + server.Limits.Idle);
    }

    /// <summary>Says why nothing that the client says is heard, and hangs up.</summary>
    public void Refuse(Fault fault)
    {
        if (Slot < 0)
            server.Poller.Watch(this, descriptor, 0);
        isEnding = true;
        Send(Rpc.WriteReply(null, new(null, fault)).Span);
    }

    /// <summary>Whether the client listens, and to this.</summary>
    public bool WantsToHearOf(EventRecord record) =>
        isListening && (heard is null || heard.Any(name => record.Service is { } service && Glob.Matches(name, service)));

    /// <summary>Nothing more is to come: hangs up once all is read.</summary>
    public void Finish()
    {
        isEnding = true;
        Arrange();
    }

    /// <summary>Writes a line, as far as the client reads; the rest follows as soon as it does.</summary>
    public void Send(ReadOnlySpan<byte> line)
    {
        if (isClosed || isGone)
        {
            Arrange();
            return;
        }
        if (outputLength == 0)
        {
            var sent = Descriptors.Send(descriptor, line);
            if (sent < 0 && !Descriptors.IsNotYet(sent))
            {
                Leave();
                return;
            }
            line = line[Math.Max(0, sent)..];
            if (!line.IsEmpty)
                server.Deadlines.Set(this, server.Now + server.Limits.Stall);
        }
        Keep(line);
        if (isListening && outputLength > server.Limits.Backlog)
            Close(); // It has fallen too far behind.
        else
            Arrange();
    }

    public override void OnReady(short seen)
    {
        if ((seen & Descriptors.In) != 0)
            Read();
        else if ((seen & Descriptors.Out) != 0)
            Write();
        else
            Leave();
    }

    /// <summary>It has said nothing for too long, or takes too long to read; or there is another line of what it said at once.</summary>
    public override void OnDue(TimeSpan now)
    {
        if (HasNext)
            TakeLine();
        else
            Close();
    }

    /// <summary>Whether there is a line whose turn it is: nothing is awaited, and nothing is unread.</summary>
    private bool HasNext =>
        asked is null && outputLength == 0 && !isListening && !isEnding && inputLength > 0 && input.AsSpan(0, inputLength).Contains((byte)'\n');

    /// <summary>The client has gone. What it said before is obeyed all the same, a line a turn, and nothing is answered.</summary>
    private void Leave()
    {
        asked?.Withdraw();
        (asked, isGone, output, outputLength) = (null, true, [], 0);
        if (isListening || isEnding)
            Close();
        else if (!HasNext)
            Read();
        else
            Arrange();
    }

    private void Read()
    {
        var received = Descriptors.Receive(descriptor, Piece);
        if (received < 0 && Descriptors.IsNotYet(received) && !isGone)
            return;
        if (received <= 0)
        {
            Close();
            return;
        }
        if (inputLength == 0)
            server.Deadlines.Set(this, server.Now + server.Limits.Stall);
        if (inputLength + received > input.Length)
            Array.Resize(ref input, Math.Max(inputLength + received, Math.Min(2 * input.Length, server.Limits.Line)));
        Piece.AsSpan(0, received).CopyTo(input.AsSpan(inputLength));
        inputLength += received;
        TakeLine();
    }

    private void TakeLine()
    {
        var end = input.AsSpan(0, inputLength).IndexOf((byte)'\n');
        if (end > server.Limits.Line || (end < 0 && inputLength > server.Limits.Line))
            Refuse(new(Fault.InvalidRequest, $"a message is at most {server.Limits.Line} bytes"));
        else if (end >= 0)
        {
            var line = input.AsSpan(0, end).ToArray();
            inputLength -= end + 1;
            input.AsSpan(end + 1, inputLength).CopyTo(input);
            if (inputLength == 0)
                input = []; // A client that has said all is no reason to keep its words.
            Take(line);
        }
        else
            Arrange();
    }

    private void Take(byte[] line)
    {
        server.Deadlines.Set(this, null);
        try
        {
            Take(Rpc.ReadCall(line));
        }
        catch (JsonException e)
        {
            Refuse(new(Fault.ParseError, e.Message));
        }
    }

    private void Take(Call call)
    {
        if (call.Request is not null && server.Mistaken(call.Config) is { } mistake)
            call = call with { Request = null, Error = mistake };
        switch (call.Request)
        {
            case null when call.Id is null && call.Error!.Code != Fault.InvalidRequest:
                Arrange(); // A notification is not answered.
                break;
            case null:
                Send(Rpc.WriteReply(call.Id, new(null, call.Error)).Span);
                break;
            case Request.Events events:
                (isListening, heard) = (true, events.Names);
                if (call.Id is not null)
                    Send(Rpc.WriteSubscribed(call.Id).Span);
                Arrange();
                break;
            case { } request:
                asked = new(request, by, request is Request.Shutdown ? TimeSpan.MaxValue : call.Patience, reply => OnReply(call.Id, reply));
                server.Ask(asked);
                if (isGone)
                    asked?.Withdraw();
                asked = isGone ? null : asked;
                Arrange();
                break;
        }
        server.OnExchange?.Invoke();
    }

    private void OnReply(JsonElement? id, Reply reply)
    {
        asked = null;
        if (id is not null)
            Send(Rpc.WriteReply(id, reply).Span);
        else
            Arrange();
        server.OnExchange?.Invoke();
    }

    private void Write()
    {
        var sent = Descriptors.Send(descriptor, output.AsSpan(outputStart, outputLength));
        if (sent < 0)
        {
            if (!Descriptors.IsNotYet(sent))
                Leave();
            return;
        }
        (outputStart, outputLength) = (outputStart + sent, outputLength - sent);
        if (outputLength == 0)
        {
            (output, outputStart) = ([], 0);
            server.Deadlines.Set(this, null);
        }
        else if (isListening && sent > 0)
            server.Deadlines.Set(this, server.Now + server.Limits.Stall); // Each event is a message of its own.
        Arrange();
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
            return;
        if (outputStart + outputLength + rest.Length > output.Length)
        {
            var larger = new byte[Math.Max(outputLength + rest.Length, 2 * outputLength)];
            output.AsSpan(outputStart, outputLength).CopyTo(larger);
            (output, outputStart) = (larger, 0);
        }
        rest.CopyTo(output.AsSpan(outputStart + outputLength));
        outputLength += rest.Length;
    }

    /// <summary>What is to be waited for now, and how long.</summary>
    private void Arrange()
    {
        if (isClosed || Slot < 0)
            return;
        if (outputLength > 0)
            server.Poller.Change(this, Descriptors.Out);
        else if (isEnding)
            Close();
        else if (isListening || asked is not null)
        {
            server.Poller.Change(this, 0); // That the client leaves is told all the same.
            server.Deadlines.Set(this, null);
        }
        else if (HasNext)
        {
            // It has its turn after everybody else's: who never stops talking must not have the loop to itself. More is not read before
            // that, or it would pile up here.
            server.Poller.Change(this, 0);
            server.Deadlines.Set(this, server.Now);
        }
        else
        {
            server.Poller.Change(this, Descriptors.In);
            server.Deadlines.Set(this, Due ?? server.Now + (inputLength > 0 ? server.Limits.Stall : server.Limits.Idle));
        }
    }

    private void Close()
    {
        if (isClosed)
            return;
        isClosed = true;
        asked?.Withdraw();
        server.Deadlines.Set(this, null);
        server.Poller.Forget(this);
        Descriptors.Close(descriptor);
        server.OnClosed(this);
    }
}
