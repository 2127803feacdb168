using CsCheck;

namespace Supervisor.Tests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("2s", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData("1d1h2m3s4ms", 90_123_004)]
    [InlineData("0.001s", 1)]
    [InlineData("0s", 0)]
    [InlineData("000001s", 1_000)]
    [InlineData("1m5ms", 60_005)]
    [InlineData("999999.999h999999.999m999999.999s999999.999ms", 3_661_000_996_338.999)]
    [InlineData("999999.999d999999.999h999999.999m999999.999s999999.999ms", 90_061_000_909_938.999)]
    public void Is_read(string text, double milliseconds)
    {
        Assert.True(Duration.TryParse(text, out var value));
        Assert.Equal(milliseconds, value.TotalMilliseconds, 0.0005);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1s ")]
    [InlineData("1s\n")]
    [InlineData("1S")]
    [InlineData("1w")]
    [InlineData("1D")]
    [InlineData("1h1d")]
    [InlineData("1s1m")]
    [InlineData("1s1s")]
    [InlineData("1m1m")]
    [InlineData("1ms1s")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1.2.3s")]
    [InlineData("1.0005s")]
    [InlineData("1000000s")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("１s")]
    [InlineData("1h.5m")]
    [InlineData("1hm")]
    public void Is_refused(string text) => Assert.False(Duration.TryParse(text, out _));

    [Fact]
    public void Read_back_is_what_was_written() =>
        Gen.Long[0, 999_999L * 3600 * 1_000_000].Sample(microseconds =>
        {
            var value = TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond);
            return Duration.TryParse(Duration.Format(value), out var again) && again == value;
        });

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(90, "1m30s")]
    [InlineData(129_600, "1d12h")]
    [InlineData(3600.25, "1h250ms")]
    [InlineData(0.0000015, "0.002ms")]
    public void Is_written_in_the_largest_units(double seconds, string text) =>
        Assert.Equal(text, Duration.Format(TimeSpan.FromMicroseconds(Math.Round(seconds * 1_000_000))));
}
