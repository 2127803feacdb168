using System.Net.Sockets;
using System.Text;

namespace Supervisor.Https;

/// <summary>
/// Does the checks that the parent asks for on descriptor 3, many at a time. The main thread does nothing but read there,
/// so that nothing keeps the program alive once the parent has closed its end.
/// </summary>
internal static class Checks
{
    private const int Descriptor = 3;

    public static int Serve()
    {
        Trust.LimitRuntimeTo("");
        try
        {
            var parent = new Socket(new SafeSocketHandle(Descriptor, ownsHandle: true));
            // Here it must block, however the parent made it. Only a change is noticed, so that this takes two.
            parent.Blocking = false;
            parent.Blocking = true;
            return Serve(parent, new StreamReader(new NetworkStream(parent)));
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException)
        {
            return Usage.Fail($"descriptor {Descriptor} is no connected socket");
        }
    }

    private static int Serve(Socket parent, StreamReader lines)
    {
        while (Next(lines) is { } line)
        {
            if (Check.Parse(line) is not { } check)
                return Usage.Fail($"a line on descriptor {Descriptor} is not ID TIMEOUT_MS GET|HEAD 0|1 URL");
            _ = Task.Run(() => AnswerAsync(parent, check));
        }
        return 0;
    }

    private static string? Next(StreamReader lines)
    {
        try
        {
            return lines.ReadLine();
        }
        catch (IOException)
        {
            return null; // The parent has ended, with an answer unread.
        }
    }

    private static async Task AnswerAsync(Socket parent, Check check)
    {
        var (verdict, detail) = await check.RunAsync().ConfigureAwait(false);
        try
        {
            // The system takes so short a line as a whole, so that it is not mixed with another.
            parent.Send(Encoding.UTF8.GetBytes($"{check.Id} {verdict} {Failure.Quote(detail)}\n"));
        }
        catch (SocketException)
        {
            // The parent has ended, which the main thread learns too.
        }
    }
}
