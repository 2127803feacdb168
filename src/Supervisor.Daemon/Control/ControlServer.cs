using System.Globalization;
using Supervisor.Daemon.Polling;
using Supervisor.Daemon.Supervision;

namespace Supervisor.Daemon.Control;

/// <summary>How much of the supervisor one client may take up.</summary>
internal sealed record ControlLimits
{
    /// <summary>Connections at a time.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Bytes of one message.</summary>
    public int Line { get; init; } = 64 * 1024;

    /// <summary>Bytes of events that may wait for a listener to read them.</summary>
    public int Backlog { get; init; } = 1024 * 1024;

    /// <summary>How long a connection may be silent between messages.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message may take from its first byte to its last, in either direction.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// <c>supervisor.sock</c>: JSON-RPC 2.0, one message a line. A client that stalls, talks nonsense or says too much at once loses its
/// connection, and that is all that happens.
/// </summary>
internal sealed class ControlServer : Watcher
{
    private const int Waiting = 128;
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(100);

    private readonly string path;
    private readonly Action<Question> ask;
    private readonly TimeProvider time;
    private readonly string? serves;
    private readonly uint? group;
    private readonly Requester own = Own();
    private readonly IReadOnlyDictionary<uint, string> names;
    private readonly HashSet<Connection> connections = [];
    private FileId? id;

    /// <summary>Listens from here on.</summary>
    /// <param name="path">Where.</param>
    /// <param name="inherited">The listening socket that the program before this one made; null if there was none.</param>
    /// <param name="ask">Gets each question.</param>
    /// <param name="poller">Tells who comes, and who says something.</param>
    /// <param name="deadlines">Tells whose time is up.</param>
    /// <param name="time">The clock.</param>
    /// <param name="limits">How much of it one client may take up.</param>
    /// <param name="serves">The configuration file that is served; null for any.</param>
    /// <param name="group">Whose members may ask, too; null for nobody's.</param>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public ControlServer(string path, int? inherited, Action<Question> ask, Poller poller, Deadlines deadlines, TimeProvider time, ControlLimits? limits = null, string? serves = null, uint? group = null)
    {
        (this.path, this.ask, this.time, this.serves, this.group, Poller, Deadlines, Limits) = (path, ask, time, serves, group, poller, deadlines, limits ?? new());
        names = group is { } shared ? Account.MembersOf(shared) : new Dictionary<uint, string>();
        var listener = inherited ?? Listen();
        if (inherited is not null && FileOwner.Exists(path))
            Share();
        Listener = listener;
        id = FileOwner.IdAt(path);
        Poller.Watch(this, listener, Descriptors.In);
    }

    /// <summary>Whether clients find it: its socket is what lies at the path.</summary>
    public bool IsReachable => FileOwner.IdAt(path) is { } found && found == id;

    /// <summary>The listening socket, for a successor.</summary>
    public int Listener { get; private set; }

    /// <summary>Called after each request and each answer.</summary>
    public Action? OnExchange { get; init; }

    public Poller Poller { get; }

    public Deadlines Deadlines { get; }

    public ControlLimits Limits { get; }

    /// <summary>Now, on the clock of the deadlines.</summary>
    public TimeSpan Now => Deadlines.NowOn(time);

    /// <summary>Whether nobody is connected any more.</summary>
    public bool IsEmpty => connections.Count == 0;

    /// <summary>Passes an event on to those who listen.</summary>
    public void Tell(EventRecord record)
    {
        if (connections.Count > 0)
            foreach (var connection in connections.Where(connection => connection.WantsToHearOf(record)).ToList())
                connection.Send(Rpc.WriteEvent(record).Span);
    }

    /// <summary>
    /// What is said to those who mean another configuration, which has the same state folder; null if it is this one, reached by whatever
    /// path, or where that cannot be told: the folder may have been moved.
    /// </summary>
    public Fault? Mistaken(string? meant) => serves is null || meant is null || meant == serves || !FileOwner.AreDifferent(serves, meant)
        ? null
        : new(Fault.OtherConfiguration, $"the supervisor here serves {serves}");

    /// <summary>Somebody asks.</summary>
    public void Ask(Question question) => ask(question);

    /// <summary>A connection has ended.</summary>
    public void OnClosed(Connection connection)
    {
        connections.Remove(connection);
        // Now there is a descriptor, if there was none for those who wait.
        if (Listener >= 0 && Slot < 0)
            Poller.Watch(this, Listener, Descriptors.In);
    }

    public override void OnReady(short seen)
    {
        for (var accepted = 0; accepted < Waiting; accepted++)
        {
            var descriptor = Descriptors.Accept(Listener);
            if (descriptor >= 0)
                Welcome(descriptor);
            else
            {
                if (!Descriptors.IsNotYet(descriptor))
                    Pause();
                return;
            }
        }
    }

    /// <summary>There may be descriptors again.</summary>
    public override void OnDue(TimeSpan now)
    {
        if (Listener >= 0 && Slot < 0)
            Poller.Watch(this, Listener, Descriptors.In);
    }

    /// <summary>Somebody has deleted the socket, or moved it away: makes another one. Those who are connected stay so.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void ListenAnew()
    {
        var anew = Listen();
        Poller.Forget(this);
        Descriptors.Close(Listener);
        (Listener, id) = (anew, FileOwner.IdAt(path));
        Poller.Watch(this, anew, Descriptors.In);
    }

    /// <summary>Takes no more, and gives up the path for the next supervisor to take. Those who are connected stay so.</summary>
    public void Retire()
    {
        if (Listener < 0)
            return;
        Poller.Forget(this);
        Descriptors.Close(Listener);
        Listener = -1;
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has deleted the whole folder, or it is read-only by now. Whoever holds the lock next removes what is left.
        }
    }

    /// <summary>Lets the last answers out: whoever has nothing to read any more is hung up on.</summary>
    public void Close()
    {
        Retire();
        foreach (var connection in connections.ToList())
            connection.Finish();
    }

    /// <summary>Only the holder of the lock may do this: whatever lies at the path is stale.</summary>
    private int Listen()
    {
        File.Delete(path);
        var descriptor = Descriptors.Listening(NativeAddress.Unix(path), Waiting);
        if (descriptor < 0)
            throw new IOException($"{path}: cannot be listened at: {Descriptors.Describe(descriptor)}");
        try
        {
            Share();
        }
        catch (Exception)
        {
            Descriptors.Close(descriptor); // or clients would be let in by a socket that nobody serves
            throw;
        }
        return descriptor;
    }

    /// <summary>Who may not open it need not be turned away. The program before this one may have let others.</summary>
    private void Share()
    {
        const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (group is { } members)
            OwnFolder.Share(path, members, Own | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        else
            File.SetUnixFileMode(path, Own);
    }

    private void Welcome(int descriptor)
    {
        if (Descriptors.TrustedPeer(descriptor, group) is not { } user)
        {
            Descriptors.Close(descriptor);
            return;
        }
        var isOneTooMany = connections.Count >= Limits.Connections;
        var connection = new Connection(this, descriptor, NameOf(user));
        connections.Add(connection);
        if (isOneTooMany)
            connection.Refuse(new(Fault.Failed, $"at most {Limits.Connections} connections"));
        else
            connection.Begin();
    }

    /// <summary>Names are looked up once, at the start: that takes a descriptor, and may ask another machine.</summary>
    private Requester NameOf(uint user) => user switch
    {
        _ when user == own.Uid => own,
        0 => new(user, "root"),
        _ => new(user, names.GetValueOrDefault(user) ?? user.ToString(CultureInfo.InvariantCulture)),
    };

    private static Requester Own()
    {
        var uid = Libc.EffectiveUser();
        var number = uid.ToString(CultureInfo.InvariantCulture);
        return new(uid, Account.Find(number)?.Name ?? number);
    }

    /// <summary>No descriptor is free, most likely. Those in use come back; until then, poll(2) would return at once, over and over.</summary>
    private void Pause()
    {
        Poller.Forget(this);
        Deadlines.Set(this, Now + AcceptRetry);
    }
}
