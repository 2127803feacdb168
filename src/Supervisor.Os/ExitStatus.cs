namespace Supervisor.Os;

/// <summary>How a process ended: by a code of its own, or by a signal.</summary>
/// <param name="Code">The exit code, or null.</param>
/// <param name="Signal">The signal that ended it, by name, or null.</param>
/// <param name="CoreDumped">Whether it left a core file.</param>
public readonly record struct ExitStatus(int? Code, string? Signal = null, bool CoreDumped = false)
{
    private const int SignalBase = 128;

    /// <summary>The most memory it, or a child it waited for, ever held at a time, in bytes; null if that is not known.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>Whether it ended by itself with code 0.</summary>
    public bool Success => Code == 0;

    /// <summary>As a shell has it in one number: the code, or 128 and the signal's number; null if neither is known.</summary>
    public int? InOne => Code ?? (Signal is { } name && Platform.Current.Signals.TryGetValue(name, out var number) ? SignalBase + number : null);

    /// <summary>Reads the status word of wait(2), which is laid out alike on Linux and macOS.</summary>
    public static ExitStatus FromWait(int status) => (status & 0x7f) switch
    {
        0 => new((status >> 8) & 0xff),
        var signal => new(null, Platform.Current.SignalName(signal), (status & 0x80) != 0),
    };

    /// <summary>As a person would say it.</summary>
    public override string ToString() => this switch
    {
        { Code: { } code } => $"exited with code {code}",
        { Signal: { } signal, CoreDumped: true } => $"killed by {signal}, core dumped",
        { Signal: { } signal } => $"killed by {signal}",
        _ => "ended, exit status unknown",
    };
}
