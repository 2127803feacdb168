namespace Supervisor.Tests.Os;

public sealed class ProgramPagesTests
{
    private const string Program = "/opt/a b/supervisor";

    private const string Clean = """
        Rss:                  64 kB
        Private_Dirty:         0 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        VmFlags: rd mr mw me
        """;

    /// <summary>The runtime draws the number that tells when a stack was overrun, and writes it to a page of constants. Whoever lost it would abort.</summary>
    [Fact]
    public void What_was_written_to_is_kept_whether_it_may_be_written_to_or_not()
    {
        var maps = string.Join('\n',
            $"55aa9bfe3000-55aa9bff0000 r--p 00000000 fe:00 247629                     {Program}",
            Clean,
            $"55aa9bff0000-55aa9c2d6000 r-xp 0000d000 fe:00 247629                     {Program}",
            Clean,
            $"55aa9c40c000-55aa9c40d000 r--p 00429000 fe:00 247629                     {Program}",
            Clean.Replace("Anonymous:             0", "Anonymous:             4", StringComparison.Ordinal),
            $"55aa9c40d000-55aa9c506000 r--p 0042a000 fe:00 247629                     {Program}",
            Clean.Replace("Swap:                  0", "Swap:                  4", StringComparison.Ordinal),
            $"55aa9c508000-55aa9c518000 rw-p 00524000 fe:00 247629                     {Program}",
            Clean,
            "7fa3d5689000-7fa3d568a000 r--p 00000000 fe:00 247630                     /usr/lib/libc.so.6",
            Clean,
            "7fa3d568b000-7fa3d568c000 rw-p 00000000 00:00 0 ",
            Clean,
            "7fa3d6000000-7fa3d6500000 r--s 00000000 fe:00 247631                     /var/lib/sss/mc/passwd",
            Clean,
            "7fa3d7000000-7fa3d7001000 r--p 00000000 fe:00 247632                     /usr/lib/libm.so.6",
            Clean.Replace("Rss:                  64", "Rss:                   0", StringComparison.Ordinal),
            "7ffdba0b2000-7ffdba0b4000 r-xp 00000000 00:00 0                          [vdso]",
            Clean,
            "");

        Assert.Equal([(0x55aa9bfe3000, 0xd000), (0x55aa9bff0000, 0x2e6000), (0x7fa3d5689000, 0x1000)], ProgramPages.Find(maps).Select(range => ((long)range.Start, (long)range.Length)));
    }
}
