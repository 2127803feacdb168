namespace Supervisor.Tests.Os;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain ä 漢 \t tab", "plain ä 漢 \t tab")]
    [InlineData("a\rb\nc\0d", "a\\u000db\\u000ac\\u0000d")]
    [InlineData("\e]0;title\a\e[2J\u009b2J", "\\u001b]0;title\\u0007\\u001b[2J\\u009b2J")]
    [InlineData("\u202eevil\u2028", "\\u202eevil\\u2028")]
    [InlineData("\e[1;31mred\e[0m", "\\u001b[1;31mred\\u001b[0m")]
    public void What_would_steer_the_terminal_or_break_the_line_is_shown_as_an_escape(string text, string shown) =>
        Assert.Equal(shown, Printable.Escape(text));

    [Theory]
    [InlineData("\e[1;31mred\e[0m\e[m", "\e[1;31mred\e[0m\e[m")]
    [InlineData("\e[38:2::1:2:3mx", "\e[38:2::1:2:3mx")]
    [InlineData("\e[2J\e[?25lm\e[1\e[1;", "\\u001b[2J\\u001b[?25lm\\u001b[1\\u001b[1;")]
    [InlineData("\e", "\\u001b")]
    public void Colours_and_nothing_else_may_stay(string text, string shown) => Assert.Equal(shown, Printable.Escape(text, keepsColours: true));
}
