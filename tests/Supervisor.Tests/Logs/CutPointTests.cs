using CsCheck;

namespace Supervisor.Tests.Logs;

public sealed class CutPointTests
{
    [Theory]
    [InlineData(0, 100, 100, 0, null)] // not too large
    [InlineData(0, 101, 100, 0, 100L)]
    [InlineData(500, 601, 100, 0, 600L)] // what was punched out does not count
    [InlineData(0, 9000, 5000, 4096, 4096L)] // whole blocks
    [InlineData(0, 9000, 1000, 4096, 4096L)] // a block, where the limit is less
    [InlineData(0, 4096, 1000, 4096, null)] // something must be left
    [InlineData(0, 4097, 1000, 4096, 4096L)]
    public void Is_where_it_should_be(long start, long length, long maxSize, int block, long? end) =>
        Assert.Equal(end, CutPoint.Choose(start, length, maxSize, block));

    [Fact]
    public void Is_inside_of_the_file_and_of_whole_blocks_and_makes_no_archive_too_large() =>
        Gen.Select(Gen.Long[0, 1 << 20], Gen.Long[0, 1 << 22], Gen.Long[1, 1 << 20], Gen.Int[0, 2].Select(index => new[] { 0, 4096, 65536 }[index])).Sample((start, grown, maxSize, block) =>
            CutPoint.Choose(start, start + grown, maxSize, block) is not { } end
            || (end > start && end <= start + grown && end - start <= Math.Max(maxSize, block) && (block == 0 || (end % block == 0 && end < start + grown))));

    [Theory]
    [InlineData("a\nb\nc", 4)]
    [InlineData("a\n", 2)]
    [InlineData("abc", 3)]
    public void Ends_at_a_line_end_if_there_is_one(string text, int expected) =>
        Assert.Equal(expected, CutPoint.LastLineEnd(System.Text.Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(1000, 100, 1, 1000)] // five seconds, but never longer than one
    [InlineData(1000, 1000, 1, 500)]
    [InlineData(0, 1000, 1, 50)]
    [InlineData(1000, 0, 1, 1000)]
    [InlineData(1000, -5, 1, 1000)]
    public void The_next_look_is_after_half_of_the_time_that_is_left(long room, long grown, int seconds, int milliseconds) =>
        Assert.Equal(milliseconds, CheckDelay.For(room, grown, TimeSpan.FromSeconds(seconds)).TotalMilliseconds);
}
