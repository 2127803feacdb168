using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Checks;

/// <summary>
/// Checks that need TLS or the resolution of a name are made by <c>supervisor-https</c>, a child that is started at the first of them,
/// and again if it has ended. Each question and each answer is a line on a socket between us.
/// </summary>
/// <param name="start">Starts the child with its end of the socket; why it cannot be started, or null.</param>
internal sealed class RemoteChecks(Poller poller, Deadlines deadlines, TimeProvider time, Func<int, string?> start) : Watcher
{
    private readonly Deadlines deadlines = deadlines;

    // The child keeps each time limit itself. One that is this late hangs.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Dictionary<long, Pending> pending = [];
    private readonly byte[] input = new byte[64 * 1024];
    private readonly List<byte> unsent = [];
    private int socket = -1;
    private int inputLength;
    private long lastId;

    /// <summary>Checks an endpoint once.</summary>
    public void Ask(ServiceConfig config, Action<ProbeResult> answer)
    {
        if (socket < 0 && Start() is { } error)
        {
            answer(ProbeResult.None(error));
            return;
        }
        var one = new Pending(this, ++lastId, answer);
        pending.Add(one.Id, one);
        deadlines.Set(one, Deadlines.NowOn(time) + config.HealthTimeout + Grace);
        unsent.AddRange(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Id} {Math.Ceiling(config.HealthTimeout.TotalMilliseconds):0} {config.HealthMethod} {(config.HealthInsecure ? 1 : 0)} {config.HealthUrl!.AbsoluteUri}\n")));
        Write();
    }

    public override void OnReady(short seen)
    {
        if ((seen & Descriptors.Out) != 0)
            Write();
        if (socket >= 0 && (seen & ~Descriptors.Out) != 0)
            Read();
    }

    private string? Start()
    {
        var error = Descriptors.Pair(out socket, out var theirs);
        if (error < 0)
            return Descriptors.Describe(error);
        var reason = start(theirs);
        Descriptors.Close(theirs);
        if (reason is null)
            poller.Watch(this, socket, Descriptors.In);
        else
            Descriptors.Close(socket);
        socket = reason is null ? socket : -1;
        return reason;
    }

    private void Write()
    {
        var sent = Descriptors.Send(socket, CollectionsMarshal.AsSpan(unsent));
        if (sent < 0 && !Descriptors.IsNotYet(sent))
        {
            End("supervisor-https has ended");
            return;
        }
        unsent.RemoveRange(0, Math.Max(0, sent));
        poller.Change(this, unsent.Count > 0 ? (short)(Descriptors.In | Descriptors.Out) : Descriptors.In);
    }

    private void Read()
    {
        var received = Descriptors.Receive(socket, input.AsSpan(inputLength));
        if (received <= 0)
        {
            if (!Descriptors.IsNotYet(received))
                End("supervisor-https has ended");
            return;
        }
        inputLength += received;
        while (socket >= 0 && input.AsSpan(0, inputLength).IndexOf((byte)'\n') is >= 0 and var end)
        {
            var line = Encoding.UTF8.GetString(input, 0, end);
            inputLength -= end + 1;
            input.AsSpan(end + 1, inputLength).CopyTo(input);
            Take(line);
        }
    }

    private void Take(string line)
    {
        if (line.Split(' ', 3) is not [var number, var word, var detail] || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            End("supervisor-https talks nonsense; is it of the same version?");
        else if (pending.Remove(id, out var one))
            one.Finish(new(word switch { "good" => Verdict.Good, "bad" => Verdict.Bad, _ => Verdict.None }, detail));
    }

    /// <summary>Nobody answers any more. The next question starts another child; this one ends when its socket does.</summary>
    private void End(string why)
    {
        poller.Forget(this);
        Descriptors.Close(socket);
        (socket, inputLength) = (-1, 0);
        unsent.Clear();
        List<Pending> all = [.. pending.Values];
        pending.Clear();
        foreach (var one in all)
            one.Finish(ProbeResult.None(why));
    }

    private sealed class Pending(RemoteChecks checks, long id, Action<ProbeResult> answer) : Deadline
    {
        public long Id => id;

        public void Finish(ProbeResult result)
        {
            checks.deadlines.Set(this, null);
            answer(result);
        }

        public override void OnDue(TimeSpan now) => checks.End("supervisor-https does not answer");
    }
}
