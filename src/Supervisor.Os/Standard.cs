using System.Text;

namespace Supervisor.Os;

/// <summary>
/// The standard streams, by write(2). A command that prints one table needs neither the buffers of <see cref="Console"/>
/// nor its set-up of the terminal.
/// </summary>
public static class Standard
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;

    /// <summary>Whether results go to a terminal.</summary>
    public static bool IsTerminal => Libc.IsTerminal(OutputDescriptor) == 1;

    /// <summary>Writes a result. False if whoever read it has gone, and has seen enough.</summary>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public static bool Output(ReadOnlySpan<byte> text)
    {
        var result = Write(OutputDescriptor, text);
        return result == Libc.Ok || (result == -Libc.BrokenPipe ? false : throw new OutputException(Descriptors.Describe(result)));
    }

    /// <inheritdoc cref="Output(ReadOnlySpan{byte})"/>
    public static bool Output(string text) => Output(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a complaint, or word of what has happened, and its line end. If that cannot be written, there is nobody to tell.</summary>
    public static void Error(string line) => _ = Write(ErrorDescriptor, Encoding.UTF8.GetBytes($"{Printable.Escape(line)}\n"));

    /// <summary>
    /// Has the numbers of those that are closed taken, for the next thing to be opened would get them, and what is printed would go there.
    /// Nothing can be written to what takes them.
    /// </summary>
    public static void Occupy()
    {
        int taken;
        do
            taken = Libc.Open("/dev/null", Libc.ReadOnly);
        while (taken is >= 0 and <= ErrorDescriptor);
        Descriptors.Close(taken);
    }

    /// <summary>Writes all of it; 0, or −errno.</summary>
    private static int Write(int descriptor, ReadOnlySpan<byte> text)
    {
        while (text.Length > 0)
        {
            var written = Descriptors.Write(descriptor, text);
            if (Descriptors.IsNotYet(written))
                AwaitRoom(descriptor);
            else if (written < 0)
                return written;
            text = text[Math.Max(0, written)..];
        }
        return Libc.Ok;
    }

    /// <summary>Whoever shares the terminal, or the pipe, may have set O_NONBLOCK.</summary>
    private static unsafe void AwaitRoom(int descriptor)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = Descriptors.Out };
        _ = Libc.Poll(&entry, 1, -1);
    }
}

/// <summary>A result cannot be written: the disk is full, or there is no standard output.</summary>
/// <param name="cause">Why, in words.</param>
public sealed class OutputException(string cause) : Exception($"standard output: {cause}; the result is not shown, and what was done stays done");
