using System.Net.Sockets;

namespace Supervisor.Protocol;

/// <summary>Reads lines from a socket, in bounded memory and bounded time.</summary>
public sealed class LineReader(Socket socket, int limit)
{
    private byte[] buffer = new byte[1024];
    private int start;
    private int end;

    /// <summary>The next line without its end, valid until the next call; null when the peer has closed.</summary>
    /// <param name="idle">How long a line may take to begin.</param>
    /// <param name="stall">How long it may take from there to its end.</param>
    /// <exception cref="InvalidDataException">The line is longer than the limit.</exception>
    /// <exception cref="OperationCanceledException">It took too long, or <paramref name="cancel"/> was set.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReadLineAsync(TimeSpan idle, TimeSpan stall, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(end > start ? stall : idle);
        var searched = start;
        int length;
        while ((length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n')) < 0)
        {
            var wasEmpty = end == start;
            var unsearched = end - start;
            MakeRoom();
            searched = start + unsearched;
            var read = await socket.ReceiveAsync(buffer.AsMemory(end), patience.Token).ConfigureAwait(false);
            if (read == 0)
                return null;
            end += read;
            if (wasEmpty)
                patience.CancelAfter(stall);
        }
        var line = buffer.AsMemory(start, searched - start + length);
        start = searched + length + 1;
        return line;
    }

    private void MakeRoom()
    {
        if (end < buffer.Length)
            return;
        if (end - start >= limit)
            throw new InvalidDataException($"a message is at most {limit} bytes");
        var larger = end - start > buffer.Length / 2 ? new byte[Math.Min(buffer.Length * 2, limit)] : buffer;
        buffer.AsSpan(start, end - start).CopyTo(larger);
        buffer = larger;
        end -= start;
        start = 0;
    }
}
