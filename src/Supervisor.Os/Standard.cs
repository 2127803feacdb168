using System.Runtime.InteropServices;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// The standard streams, by write(2). A command that prints one table needs neither the buffers of <see cref="Console"/>
/// nor its set-up of the terminal.
/// </summary>
public static unsafe class Standard
{
    private const int OutputDescriptor = 1;
    private const int ErrorDescriptor = 2;
    private const short Writable = 4; // POLLOUT

    /// <summary>Whether results go to a terminal.</summary>
    public static bool IsTerminal => Libc.IsTerminal(OutputDescriptor) == 1;

    /// <summary>Writes a result. False if whoever read it has gone, and has seen enough.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static bool Output(ReadOnlySpan<byte> text)
    {
        if (Write(OutputDescriptor, text) is not { } error)
            return true;
        return error != Libc.BrokenPipe ? throw new IOException($"standard output: {Marshal.GetPInvokeErrorMessage(error)}") : false;
    }

    /// <inheritdoc cref="Output(ReadOnlySpan{byte})"/>
    public static bool Output(string text) => Output(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a complaint, and its line end. If that cannot be written, there is nobody to tell.</summary>
    public static void Error(string line) => _ = Write(ErrorDescriptor, Encoding.UTF8.GetBytes($"{line}\n"));

    /// <summary>Writes all of it; the error number if that fails.</summary>
    private static int? Write(int descriptor, ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
            for (var done = 0; done < text.Length;)
            {
                var written = (int)Libc.Write(descriptor, start + done, (nuint)(text.Length - done));
                done += Math.Max(0, written);
                var error = written < 0 ? Marshal.GetLastPInvokeError() : Libc.Ok;
                if (error == Platform.Current.TryAgain)
                    AwaitRoom(descriptor);
                else if (error is not (Libc.Ok or Libc.Interrupted))
                    return error;
            }
        return null;
    }

    /// <summary>Whoever shares the terminal, or the pipe, may have set O_NONBLOCK.</summary>
    private static void AwaitRoom(int descriptor)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = Writable };
        _ = Libc.Poll(&entry, 1, -1);
    }
}
