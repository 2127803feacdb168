using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Supervisor.Tests.Import;

/// <summary>Holds the pages of <c>docs/migrating</c> to what the program does: the first block of each comes to the others.</summary>
public sealed partial class MigratingPageTests
{
    private static readonly string Folder = Path.Combine(
        typeof(MigratingPageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Repository").Value!, "docs/migrating");

    [Theory]
    [InlineData("supervisord.md", "supervisord.conf")]
    [InlineData("procfile.md", "Procfile")]
    [InlineData("pm2.md", "ecosystem.config.json")]
    [InlineData("systemd.md", "web.service")]
    public void The_example_comes_to_what_is_shown(string page, string name)
    {
        using var folder = new TempFolder();
        var report = new Report();
        var conversion = new Conversion(folder.Path, report, _ => null);
        ImportSource.Convert([ImportSource.Recognize(new(folder.File(name), Blocks(page).First().Text))], conversion);
        Assert.Equal(Block(page, "jsonc"), ConfigurationText.Of(conversion.Services, name));
        Assert.Equal(Block(page, "text"), string.Concat(report.Lines(isVerbose: false).Select(line => $"{line}\n")).Replace($"{folder.Path}/", "", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_exported_is_what_is_shown()
    {
        var result = ConfigurationReader.Parse("/srv/shop/supervisor.json", Encoding.UTF8.GetBytes(Block("export.md", "json")));
        var report = new Report();
        Assert.Equal(Block("export.md", "ini"), Converters.Export.To("systemd", result.Value!, report, null).Text());
        Assert.Equal(Block("export.md", "text"), string.Concat(report.Lines(isVerbose: false).Select(line => $"{line}\n")));
    }

    private static string Block(string page, string language) => Blocks(page).Single(block => block.Language == language).Text;

    private static IEnumerable<(string Language, string Text)> Blocks(string page) =>
        Block().Matches(File.ReadAllText(Path.Combine(Folder, page))).Select(block => (block.Groups["language"].Value, block.Groups["text"].Value));

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
