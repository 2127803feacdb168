namespace Supervisor.Tests.Cli;

public sealed class NearestTests
{
    private static readonly string[] s_known = ["cmd", "health_port", "health_path", "status", "stop", "start", "up"];

    [Theory]
    [InlineData("helth_port", "health_port")]
    [InlineData("healthPort", "health_port")]
    [InlineData("health-path", "health_path")]
    [InlineData("cdm", "cmd")]
    [InlineData("CMD", "cmd")]
    [InlineData("statsu", "status")]
    [InlineData("sotp", "stop")]
    [InlineData("health_pxrt", "health_port")]
    public void Suggests_what_was_meant(string word, string meant) => Assert.Equal(meant, Nearest.To(word, s_known));

    [Theory]
    [InlineData("")]
    [InlineData("colour")]
    [InlineData("cxx")]
    [InlineData("ps")]
    [InlineData("environment")]
    public void Suggests_nothing_for_another_word(string word) => Assert.Null(Nearest.To(word, s_known));

    [Fact]
    public void Is_quick_with_a_word_of_a_megabyte() => Assert.Null(Nearest.To(new string('x', 1_000_000), s_known));
}
