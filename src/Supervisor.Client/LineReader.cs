namespace Supervisor.Client;

/// <summary>Reads lines from a socket, in bounded memory and bounded time.</summary>
internal sealed class LineReader(int socket, int limit)
{
    private const int Small = 4 * 1024;
    private const int Large = 512 * 1024;

    private byte[] buffer = new byte[Math.Min(Small, limit)];
    private int start;
    private int end;

    /// <summary>The next line without its end, valid until the next call; null when the peer has closed.</summary>
    /// <param name="patience">How long that may take; null for as long as it takes.</param>
    /// <exception cref="InvalidDataException">The line is longer than the limit.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public ReadOnlyMemory<byte>? ReadLine(TimeSpan? patience = null)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var searched = start;
        int length;
        while ((length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n')) < 0)
        {
            var unsearched = end - start;
            MakeRoom();
            searched = start + unsearched;
            var read = Receive(patience - TimeProvider.System.GetElapsedTime(begin));
            if (read == 0)
                return null;
            if (read < 0 && !Descriptors.IsNotYet(read))
                throw new IOException(Descriptors.Describe(read));
            end += Math.Max(0, read);
        }
        var line = buffer.AsMemory(start, searched - start + length);
        start = searched + length + 1;
        return line;
    }

    private unsafe int Receive(TimeSpan? patience)
    {
        var entry = new PollEntry { Descriptor = socket, Events = Descriptors.In };
        if (Libc.Poll(&entry, 1, patience is { } time ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, int.MaxValue) : -1) == 0)
            throw new TimeoutException();
        return Descriptors.Receive(socket, buffer.AsSpan(end));
    }

    private void MakeRoom()
    {
        if (end < buffer.Length)
            return;
        if (end - start >= limit)
            throw new InvalidDataException($"a message is at most {limit} bytes");
        // An answer is short, or it is of a thousand services. Memory that is not written to costs nothing.
        var larger = end - start > buffer.Length / 2 ? GC.AllocateUninitializedArray<byte>(Math.Min(Math.Max(buffer.Length * 4, Large), limit)) : buffer;
        buffer.AsSpan(start, end - start).CopyTo(larger);
        buffer = larger;
        end -= start;
        start = 0;
    }
}
