using System.Net;
using System.Text;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Checks;

/// <summary>
/// Checks one endpoint on this machine, by HTTP or by a TCP connection alone, over a raw socket that never blocks. Each check is a
/// connection of its own, for a kept one would hide a listener that is gone; no proxy, no redirect, no cookie; and of the answer
/// no more than its head is read. A service has one of these for as long as its configuration stays, so that a check allocates
/// nothing.
/// </summary>
internal sealed class SocketCheck : Watcher
{
    private static readonly byte[] Buffer = new byte[AnswerReader.MaxHead];
    private static readonly byte[] Loopback = [127, 0, 0, 1];
    private static readonly byte[] Loopback6 = IPAddress.IPv6Loopback.GetAddressBytes();

    private readonly Poller poller;
    private readonly Deadlines deadlines;
    private readonly Action<ProbeResult> answer;
    private readonly NativeAddress[] addresses;
    private readonly byte[]? request;
    private readonly TimeSpan timeout;
    private AnswerReader reader;
    private int descriptor = -1;
    private int attempt;
    private int sent;

    private SocketCheck(ServiceConfig config, NativeAddress[] addresses, byte[]? request, Poller poller, Deadlines deadlines, Action<ProbeResult> answer) =>
        (Config, this.addresses, this.request, this.poller, this.deadlines, this.answer, timeout) = (config, addresses, request, poller, deadlines, answer, config.HealthTimeout);

    /// <summary>What is checked.</summary>
    public ServiceConfig Config { get; }

    /// <summary>The check of a service; null for one that needs TLS, or somebody who knows names.</summary>
    /// <param name="config">What to check.</param>
    /// <param name="poller">Tells when the socket is ready.</param>
    /// <param name="deadlines">Tells when the time is up.</param>
    /// <param name="answer">Gets what each check saw.</param>
    public static SocketCheck? For(ServiceConfig config, Poller poller, Deadlines deadlines, Action<ProbeResult> answer)
    {
        if (config.HealthTcp is { } port)
            return new(config, [NativeAddress.Internet(Loopback, port)], null, poller, deadlines, answer);
        if (config.NeedsHelper)
            return null;
        // A copy, for a URI that was taken apart once keeps all its parts.
        var url = new Uri(config.HealthUrl!.OriginalString);
        var request = $"{config.HealthMethod} {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\n\r\n";
        return new(config, AddressesOf(url), Encoding.ASCII.GetBytes(request), poller, deadlines, answer);
    }

    /// <summary>Begins a check; one that is under way is given up, and answers nothing.</summary>
    public void Begin(TimeSpan now)
    {
        End();
        deadlines.Set(this, now + timeout);
        attempt = 0;
        Connect();
    }

    /// <summary>Gives up what is under way; it answers nothing.</summary>
    public void End()
    {
        deadlines.Set(this, null);
        Disconnect();
    }

    public override void OnDue(TimeSpan now) => Answer(ProbeResult.Late(timeout));

    public override void OnReady(short seen)
    {
        if (sent < 0)
            OnConnected();
        else if (request is not null && sent < request.Length)
            Send();
        else
            Receive();
    }

    private void Connect()
    {
        Disconnect();
        var opened = Descriptors.Connecting(addresses[attempt]);
        if (opened < 0)
        {
            Fail(opened);
            return;
        }
        (descriptor, sent, reader) = (opened, -1, default);
        // To this machine a connection comes about at once, as a rule, or is refused at once; and then what is to be said can be.
        if (request is null)
            OnConnected();
        else
            TrySend();
    }

    private void OnConnected()
    {
        var error = Descriptors.ConnectionError(descriptor);
        if (error < 0)
            Fail(error);
        else if (request is not null)
            TrySend();
        else if (Slot < 0)
            Wait(Descriptors.Out); // Not to know of an error is not yet to be connected.
        else
            Answer(Descriptors.IsConnectedToItself(descriptor) ? new(Verdict.Bad, "connection refused") : ProbeResult.Accepted);
    }

    private void TrySend()
    {
        var taken = Descriptors.Send(descriptor, request);
        if (taken == request!.Length)
        {
            sent = taken;
            Wait(Descriptors.In);
        }
        else if (taken < 0 && !Descriptors.IsNotYet(taken) && !(Slot < 0 && taken == -Platform.Current.NotConnected))
            Fail(taken); // Whoever is told of an error first is the only one.
        else
        {
            // Before a connection has come about, Linux says EAGAIN, and macOS ENOTCONN.
            sent = taken;
            Wait(Descriptors.Out);
        }
    }

    private void Send()
    {
        var taken = Descriptors.Send(descriptor, request.AsSpan(sent));
        if (taken < 0 && !Descriptors.IsNotYet(taken))
        {
            Fail(taken);
            return;
        }
        sent += Math.Max(0, taken);
        if (sent == request!.Length)
            Wait(Descriptors.In);
    }

    private void Receive()
    {
        var received = Descriptors.Receive(descriptor, Buffer);
        if (received > 0)
            reader.Take(Buffer.AsSpan(0, received));
        if (received < 0 && !Descriptors.IsNotYet(received))
            Answer(Judge(received, isSecond: false));
        else if (reader.IsComplete)
            Answer(reader.Status == (int)HttpStatusCode.OK ? ProbeResult.Ok : new(Verdict.Bad, $"HTTP {reader.Status}"));
        else if (reader.IsWrong)
            Answer(new(Verdict.Bad, reader.IsTooLong ? $"the head of its answer is longer than {AnswerReader.MaxHead / 1024} KB" : "what it answers is not HTTP/1"));
        else if (received == 0)
            Answer(new(Verdict.Bad, "it closed the connection before it had answered"));
    }

    /// <summary>Where nobody listens on 127.0.0.1, somebody may on [::1], as servers do that were told to listen on localhost.</summary>
    private void Fail(int error)
    {
        if (error == -Platform.Current.Refused && attempt + 1 < addresses.Length)
        {
            attempt++;
            Connect();
            return;
        }
        Answer(Judge(error, isSecond: attempt > 0));
    }

    private void Wait(short events)
    {
        if (Slot < 0)
            poller.Watch(this, descriptor, events);
        else
            poller.Change(this, events);
    }

    private void Answer(ProbeResult result)
    {
        End();
        answer(result);
    }

    private void Disconnect()
    {
        poller.Forget(this);
        if (descriptor >= 0)
            Descriptors.Close(descriptor);
        descriptor = -1;
    }

    /// <summary>What an error means.</summary>
    /// <param name="error">−errno.</param>
    /// <param name="isSecond">
    /// Whether it came from the second address, after the first one had refused. Where there is no IPv6, that address is none of ours,
    /// and what it says of itself is of no interest.
    /// </param>
    internal static ProbeResult Judge(int error, bool isSecond) => (isSecond && error == -Platform.Current.NoAddress, Descriptors.IsOurs(error)) switch
    {
        (false, true) => new(Verdict.None, Descriptors.Describe(error)),
        _ => new(Verdict.Bad, isSecond ? "connection refused" : Descriptors.Describe(error)),
    };

    private static NativeAddress[] AddressesOf(Uri url)
    {
        if (url.IdnHost == "localhost" || url.IdnHost == "127.0.0.1")
            return [NativeAddress.Internet(Loopback, url.Port), NativeAddress.Internet6(Loopback6, url.Port)];
        var address = IPAddress.Parse(url.IdnHost);
        return [address.GetAddressBytes() is { Length: 4 } four ? NativeAddress.Internet(four, url.Port) : NativeAddress.Internet6(address.GetAddressBytes(), url.Port)];
    }
}
