using System.Text;
using CsCheck;

namespace Supervisor.Tests.Os;

/// <summary>Bytes that need not be text.</summary>
public sealed class SystemTextTests
{
    [Fact]
    public void Whatever_the_bytes_they_come_back_as_they_were() =>
        Gen.OneOf(Gen.Byte.Array[0, 40], Gen.String.Select(Encoding.UTF8.GetBytes), Gen.Byte[0x80, 0xff].Array[0, 9]).Sample(bytes => SystemText.Bytes(SystemText.Decode(bytes)).AsSpan().SequenceEqual(bytes));

    [Fact]
    public void What_is_UTF_8_is_the_text_that_it_is() =>
        Gen.String.Select(Encoding.UTF8.GetBytes).Sample(bytes => SystemText.Decode(bytes) == Encoding.UTF8.GetString(bytes));

    [Theory]
    [InlineData(0xd800)]
    [InlineData(0xdfff)]
    [InlineData(0xdc7f)]
    public void Half_a_character_that_stands_for_no_byte_is_replaced(int half) =>
        Assert.Equal("a\ufffdb"u8, SystemText.Bytes($"a{(char)half}b"));

    [Fact]
    public void A_path_of_any_bytes_reaches_the_system()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the file systems of macOS take no name that is not UTF-8");
        using var folder = new TempFolder();
        using var shell = System.Diagnostics.Process.Start("sh", ["-c", $"mkdir \"$(printf '{folder.Path}/caf\\351')\""]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        Assert.True(FileOwner.IsFolder($"{folder.Path}/{SystemText.Decode([.. "caf"u8, 0xe9])}"));
        Assert.False(FileOwner.Exists($"{folder.Path}/café"));
        using var remover = System.Diagnostics.Process.Start("rm", ["-r", folder.Path]); // The library has no name for what lies in it.
        remover.WaitForExit();
        Directory.CreateDirectory(folder.Path);
        Assert.False(FileOwner.Exists("/" + new string('x', 10_000)));
    }
}
