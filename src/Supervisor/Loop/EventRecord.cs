namespace Supervisor.Loop;

/// <summary>
/// Something that happened: a line on stderr, and a line of <c>events.jsonl</c>, where the members that do not apply are
/// left out. Public, so it changes only by addition.
/// </summary>
/// <param name="At">When.</param>
/// <param name="Service">To which service; null for the supervisor itself.</param>
/// <param name="Event">What, in one word: <c>started</c>, <c>exited</c>, <c>alert</c>.</param>
/// <param name="Text">All of it in a sentence.</param>
internal sealed record EventRecord(DateTimeOffset At, string? Service, string Event, string Text)
{
    /// <summary>Of which process.</summary>
    public int? Pid { get; init; }

    /// <summary>The code it ended with.</summary>
    public int? Code { get; init; }

    /// <summary>The signal that ended it, or that it was sent.</summary>
    public string? Signal { get; init; }

    public bool? CoreDumped { get; init; }

    public double? RuntimeSeconds { get; init; }

    public long? PeakMemoryBytes { get; init; }

    /// <summary>What the probe saw.</summary>
    public string? Detail { get; init; }

    /// <summary>Failed probes in a row, this one included.</summary>
    public int? Failures { get; init; }

    /// <summary>From the start of the process until it was healthy.</summary>
    public double? AfterSeconds { get; init; }

    /// <summary>Until the next start, or until SIGKILL.</summary>
    public double? DelaySeconds { get; init; }

    /// <summary>Restarts in a row, the one to come included.</summary>
    public int? Restart { get; init; }

    /// <summary>Keys of the configuration.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Those for whom it waits.</summary>
    public IReadOnlyList<string>? WaitingFor { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it was neither asked for nor is what the service is for: what <c>why</c> tells of.</summary>
    public bool? Failure { get; init; }

    /// <summary>What was asked for: <c>restart</c>.</summary>
    public string? Command { get; init; }

    /// <summary>Who asked, as the kernel has it.</summary>
    public uint? Uid { get; init; }

    public string? User { get; init; }

    /// <summary>A file that holds more.</summary>
    public string? File { get; init; }

    /// <summary>The last lines that were written before it.</summary>
    public IReadOnlyList<string>? Output { get; init; }

    /// <summary>As it is shown to people.</summary>
    public string ToLine() => $"{At:yyyy-MM-ddTHH:mm:ssZ} {Service ?? "supervisor"}: {Text}";
}

/// <summary>Where events go. Never blocks and never throws: the loop must not wait for a terminal or a disk.</summary>
internal interface IEventSink
{
    void Write(EventRecord record);
}
