using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Supervisor.Tests.Os;

/// <summary>Errors and what they say, and addresses as the system has them.</summary>
public sealed class DescriptorsTests
{
    [Theory]
    [InlineData(12, true)] // ENOMEM
    [InlineData(23, true)] // ENFILE
    [InlineData(24, true)] // EMFILE
    [InlineData(4, false)] // EINTR
    [InlineData(13, false)] // EACCES
    [InlineData(32, false)] // EPIPE
    public void Our_own_want_is_told_from_what_others_do(int error, bool isOurs)
    {
        Assert.Equal(isOurs, Descriptors.IsOurs(-error));
        Assert.False(Descriptors.IsOurs(error));
    }

    [Fact]
    public void So_are_those_whose_numbers_differ_between_systems()
    {
        var platform = Platform.Current;
        Assert.All(new[] { platform.NoBuffers, platform.NoAddress, platform.TryAgain }, error => Assert.True(Descriptors.IsOurs(-error)));
        Assert.All(new[] { platform.Refused, platform.Reset, platform.InProgress }, error => Assert.False(Descriptors.IsOurs(-error)));
        Assert.False(Descriptors.IsOurs(0));
    }

    [Fact]
    public void The_numbers_are_those_of_the_system()
    {
        var platform = Platform.Current;
        Assert.All(
            new[]
            {
                (platform.Refused, "refused"), (platform.Reset, "reset"), (platform.NoAddress, "assign"), (platform.NoBuffers, "buffer space"),
                (platform.TryAgain, "temporarily"), (platform.InProgress, "in progress"), (platform.NotConnected, "not connected"),
            },
            one => Assert.Contains(one.Item2, Marshal.GetPInvokeErrorMessage(one.Item1), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", 80)]
    [InlineData("10.1.2.3", 65535)]
    [InlineData("::1", 8080)]
    [InlineData("2001:db8::ff", 1)]
    public void An_address_is_as_the_runtime_makes_it(string text, int port)
    {
        var address = IPAddress.Parse(text);
        var expected = new IPEndPoint(address, port).Serialize();
        var actual = address.AddressFamily == AddressFamily.InterNetwork ? NativeAddress.Internet(address.GetAddressBytes(), port) : NativeAddress.Internet6(address.GetAddressBytes(), port);
        Assert.Equal(expected.Buffer[..expected.Size].ToArray(), actual.Bytes);
    }

    [Fact]
    public void Nothing_that_is_opened_blocks_or_outlives_an_execve()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells of each descriptor in /proc");
        Assert.Equal(0, Descriptors.Pair(out var ours, out var theirs));
        Assert.Equal(0, Descriptors.Pipe(out var reading, out var writing, blocks: true));
        try
        {
            Assert.Equal((true, true), FlagsOf(ours));
            Assert.Equal((false, true), FlagsOf(theirs));
            Assert.Equal((false, true), FlagsOf(reading));
            Assert.Equal((true, true), FlagsOf(writing));
            Descriptors.SetClosing(theirs, false);
            Assert.Equal((false, false), FlagsOf(theirs));
        }
        finally
        {
            foreach (var descriptor in new[] { ours, theirs, reading, writing })
                Descriptors.Close(descriptor);
        }
    }

    private static (bool DoesNotBlock, bool CloseOnExec) FlagsOf(int descriptor)
    {
        const int nonBlock = 0x800;
        const int closeOnExec = 0x80000;
        var line = File.ReadLines($"/proc/self/fdinfo/{descriptor}").Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
        var flags = Convert.ToInt32(line["flags:".Length..].Trim(), 8);
        return ((flags & nonBlock) != 0, (flags & closeOnExec) != 0);
    }
}
