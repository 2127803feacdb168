using System.Net.Sockets;
using System.Text;
using CsCheck;
using Supervisor.Tests.Fuzzing;

namespace Supervisor.Tests.Control;

public sealed class LineReaderTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly Socket here;
    private readonly Socket there;

    public LineReaderTests()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        there = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        there.Connect(listener.LocalEndPoint!);
        here = listener.Accept();
    }

    public void Dispose()
    {
        here.Dispose();
        there.Dispose();
    }

    [Fact]
    public async Task However_the_bytes_are_cut_the_lines_are_the_same()
    {
        var reader = Reader(4096);
        await Gen.Select(Gen.Char['a', 'z'].Array[0, 3000].Array[1, 5], Gen.Int[1, 5000]).SampleAsync(async (lines, cut) =>
        {
            var bytes = Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => new string(line) + "\n")));
            var sending = SendAsync(bytes, cut);
            foreach (var line in lines)
                Assert.Equal(new string(line), Read(reader));
            await sending;
        }, iter: Fuzz.Inputs(400), threads: 1);
    }

    [Fact]
    public async Task A_line_of_the_limit_passes_and_one_more_byte_does_not()
    {
        var reader = Reader(4096);
        await SendAsync(Encoding.ASCII.GetBytes(new string('x', 4095) + "\n"), 1000);
        Assert.Equal(4095, Read(reader)!.Length);
        await SendAsync(Encoding.ASCII.GetBytes(new string('x', 4097)), 1000);
        Assert.Throws<InvalidDataException>(() => Read(reader));
    }

    [Fact]
    public async Task Half_a_line_is_not_waited_for_longer_than_allowed()
    {
        await SendAsync("half"u8.ToArray(), 4);
        var reader = Reader(4096);
        Assert.Throws<TimeoutException>(() => { reader.ReadLine(TimeSpan.FromMilliseconds(50)); });
    }

    [Fact]
    public async Task The_end_of_the_connection_is_the_end_even_in_the_middle_of_a_line()
    {
        await SendAsync("half"u8.ToArray(), 4);
        there.Shutdown(SocketShutdown.Send);
        Assert.Null(Read(Reader(4096)));
    }

    private LineReader Reader(int limit) => new((int)here.Handle, limit);

    private static string? Read(LineReader reader) => reader.ReadLine(Long) is { } line ? Encoding.ASCII.GetString(line.Span) : null;

    private async Task SendAsync(byte[] bytes, int cut)
    {
        for (var sent = 0; sent < bytes.Length; sent += cut)
            await there.SendAsync(bytes.AsMemory(sent, Math.Min(cut, bytes.Length - sent)));
    }
}
