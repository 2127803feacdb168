using System.Globalization;

namespace Supervisor;

/// <summary>
/// <c>up --logs</c>: a child that follows the logs as <c>logs -f</c> does, so that nothing of it is the supervisor's own business. It ends with
/// the supervisor, however that ends, once it has printed the last lines; and a successor goes on with it.
/// </summary>
/// <param name="pid">The child.</param>
/// <param name="descriptor">Our end of a socket whose other end the child has.</param>
internal sealed class LogFollower(int pid, int descriptor) : IDisposable
{
    /// <summary>How long is waited for a child that has nobody who reads what it prints.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public int Pid => pid;

    /// <summary>Starts it, and returns once it would miss nothing; null, which is said, if it cannot be started: that keeps nobody from supervising.</summary>
    public static LogFollower? Start(SupervisorConfig config)
    {
        if (Descriptors.Pair(out var ours, out var theirs) is < 0 and var error)
            return Fail(Descriptors.Describe(error));
        var result = Spawner.Spawn(new()
        {
            Path = ProgramPath.OnDisk,
            Argv = [ProgramPath.OnDisk, "-c", config.File, "logs", "--follow", "--lines", "0", "--attached"],
            WorkingDir = Path.GetDirectoryName(config.File)!,
            OutputDescriptor = 1,
            ExtraDescriptor = theirs,
        });
        Descriptors.Close(theirs);
        var follower = new LogFollower(result.Pid, ours);
        if (result.Error is { } cause)
        {
            Descriptors.Close(ours);
            return Fail(cause);
        }
        Descriptors.SetClosing(ours, false); // A successor needs it.
        _ = follower.Read(Patience);
        return follower;
    }

    /// <summary>The one that the program before this one has started; null if it has ended.</summary>
    public static LogFollower? Of(string passedOn)
    {
        var numbers = passedOn.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var follower = new LogFollower(numbers[0], numbers[1]);
        if (follower.Read(TimeSpan.Zero) is not <= 0)
            return follower;
        Descriptors.Close(numbers[1]);
        return null;
    }

    /// <summary>As <see cref="Of"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{pid},{descriptor}");

    /// <summary>Waits until it has printed the last lines and ended. If nobody reads them, it is killed.</summary>
    public void Dispose()
    {
        _ = Descriptors.Send(descriptor, "end\n"u8);
        int? read;
        do
            read = Read(Patience);
        while (read > 0);
        if (read is null)
            _ = Libc.Kill(pid, Platform.Current.Signals["SIGKILL"]);
        Descriptors.Close(descriptor);
    }

    private static LogFollower? Fail(string cause)
    {
        Standard.Error($"supervisor: --logs: what the services write cannot be shown: {cause}; see it with supervisor logs -f");
        return null;
    }

    /// <summary>How much it says; 0 or less if it has ended, null if it takes too long.</summary>
    private unsafe int? Read(TimeSpan patience)
    {
        Span<byte> word = stackalloc byte[16];
        var entry = new PollEntry { Descriptor = descriptor, Events = Descriptors.In };
        return Libc.Poll(&entry, 1, (int)patience.TotalMilliseconds) > 0 ? Descriptors.Read(descriptor, word) : null;
    }
}
