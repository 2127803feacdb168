namespace Supervisor.Daemon.Checks;

/// <summary>
/// Reads the head of an HTTP/1 answer (RFC 9112) from pieces of any size, a byte at a time, and holds nothing of it but its
/// place and the status: whatever a daemon says, it costs no memory. Interim answers (1xx) are skipped, and nothing after the
/// head is read.
/// </summary>
internal struct AnswerReader
{
    /// <summary>Bytes of all heads together, the interim ones included.</summary>
    public const int MaxHead = 16 * 1024;

    private const int FirstFinal = 200;
    private const int SwitchingProtocols = 101;

    private State state;
    private byte matched;
    private short status;
    private int read;

    private enum State : byte
    {
        Version,
        Status,
        Reason,
        LineStart,
        Name,
        Value,
        LineEnd,
        HeadEnd,
        Complete,
        Wrong,
    }

    /// <summary>Whether the head is there; the status is known then.</summary>
    public readonly bool IsComplete => state == State.Complete;

    /// <summary>Whether this is no answer of HTTP/1, or none that ends soon.</summary>
    public readonly bool IsWrong => state == State.Wrong;

    /// <summary>Whether too much was said. Else, what is wrong is wrong in form.</summary>
    public readonly bool IsTooLong => read > MaxHead;

    /// <summary>The status of the final answer.</summary>
    public readonly int Status => status;

    /// <summary>Takes the next bytes, as far as they are of any use.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var octet in bytes)
        {
            if (state >= State.Complete)
                return;
            state = ++read > MaxHead ? State.Wrong : Next(octet);
        }
    }

    private State Next(byte octet) => state switch
    {
        State.Version => Version(octet),
        State.Status => Digit(octet),
        // Whoever reads the reason may do so on a terminal; nothing of it is shown, but control characters betray no HTTP server.
        State.Reason => octet switch { (byte)'\n' => State.LineStart, (byte)'\r' => State.LineEnd, < 0x20 and not (byte)'\t' or 0x7f => State.Wrong, _ => State.Reason },
        // A line that begins with a blank goes on with the one before (RFC 9112, 5.2).
        State.LineStart => octet switch { (byte)'\r' => State.HeadEnd, (byte)'\n' => End(), (byte)' ' or (byte)'\t' => State.Value, _ => IsNameByte(octet) ? State.Name : State.Wrong },
        State.Name => octet == ':' ? State.Value : IsNameByte(octet) ? State.Name : State.Wrong,
        State.Value => octet switch { (byte)'\n' => State.LineStart, (byte)'\r' => State.LineEnd, 0 => State.Wrong, _ => State.Value },
        State.LineEnd => octet == '\n' ? State.LineStart : State.Wrong,
        State.HeadEnd => octet == '\n' ? End() : State.Wrong,
        _ => state,
    };

    private State Version(byte octet)
    {
        // HTTP/1.0 and HTTP/1.1 answer alike; a later 1.x would have to, too.
        var isDigit = matched == "HTTP/1.".Length && octet is >= (byte)'0' and <= (byte)'9';
        if (matched == "HTTP/1.x ".Length - 1)
            return octet == ' ' ? Begin() : State.Wrong;
        if (!isDigit && (matched == "HTTP/1.".Length || octet != "HTTP/1."u8[matched]))
            return State.Wrong;
        matched++;
        return State.Version;
    }

    private State Begin()
    {
        (matched, status) = (0, 0);
        return State.Status;
    }

    /// <summary>Three digits, then a blank or the end of the line.</summary>
    private State Digit(byte octet)
    {
        if (matched == 3)
            return octet switch { (byte)' ' => State.Reason, (byte)'\r' => State.LineEnd, (byte)'\n' => State.LineStart, _ => State.Wrong };
        if (octet is < (byte)'0' or > (byte)'9')
            return State.Wrong;
        status = (short)((status * 10) + octet - '0');
        matched++;
        return State.Status;
    }

    /// <summary>After an interim answer the next one begins. To switch protocols was never asked for.</summary>
    private State End()
    {
        if (status is >= FirstFinal or < 100)
            return State.Complete;
        matched = 0;
        return status == SwitchingProtocols ? State.Wrong : State.Version;
    }

    /// <summary>A token of RFC 9110, 5.6.2.</summary>
    private static bool IsNameByte(byte octet) => char.IsAsciiLetterOrDigit((char)octet) || "!#$%&'*+-.^_`|~"u8.Contains(octet);
}
