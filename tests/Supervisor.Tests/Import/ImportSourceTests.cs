using System.Text;
using CsCheck;
using Supervisor.Tests.Fuzzing;

namespace Supervisor.Tests.Import;

public sealed class ImportSourceTests
{
    private static readonly string[] Valid =
    [
        "[program:web]\ncommand=/bin/sh -c 'x' ; c\nenvironment=A=\"1\",B='2'\ndirectory=%(here)s\nstopwaitsecs=3\n[include]\nfiles=a",
        "web: A=1 sleep $PORT\nb: sleep 1 && sleep 2\n",
        """{"apps": [{"name": "a", "script": "a.js", "args": "x 'y'", "env": {"A": 1}, "instances": 2, "kill_timeout": 100, "max_memory_restart": "1G"}]}""",
        "[Unit]\nAfter=b.service\n[Service]\nExecStart=-/bin/sh -c 'a ${B}' $C \\x41 %i\nEnvironment=A=\"b c\"\nLimitNOFILE=1:2\nRestartSec=1min 2s\nTimeoutStopSec=3\n",
    ];

    [Theory]
    [InlineData("a  'b c' \"d \\\" e\" f\\ g h'i'\"j\" '' \"\\n\"", "a|b c|d \" e|f g|hij||\\n")]
    [InlineData("  ", "")]
    public void Words_are_split_as_a_shell_splits_them(string line, string words) => Assert.Equal(words, string.Join('|', ShellWords.Split(line)!));

    [Theory]
    [InlineData("a 'b")]
    [InlineData("a \"b\\\"")]
    public void A_quote_that_is_not_closed_is_no_word(string line) => Assert.Null(ShellWords.Split(line));

    [Fact]
    public void Whatever_is_read_is_converted_or_refused() =>
        Gen.OneOf([.. Valid.Select(text => Fuzz.Damaged(Encoding.UTF8.GetBytes(text), Tokens.Any))]).Sample(
            text => Fuzz.Bounded(text.Length, perByte: 5_000, perInput: 1_000_000, () =>
            {
                try
                {
                    var report = new Report();
                    var conversion = new Conversion("/", report, _ => null);
                    ImportSource.Convert([ImportSource.Recognize(new("/x", Encoding.UTF8.GetString(text)))], conversion);
                    var json = ConfigurationText.Of(conversion.Services, "x");
                    Assert.DoesNotContain(Configuration.Read.Problems(json), problem => problem.Contains("JSON", StringComparison.Ordinal));
                    Assert.DoesNotContain(report.Lines(isVerbose: true), line => line.Contains('\n', StringComparison.Ordinal));
                }
                catch (InvalidDataException e)
                {
                    Assert.NotEmpty(e.Message);
                }
            }),
            iter: Fuzz.Inputs(4_000));

    /// <summary>What would be slow if each line, quote or name cost as much as all before it.</summary>
    public static TheoryData<string, string, string> Large => new()
    {
        { "[program:a]\ncommand=x\n", " y\n", "" },
        { "[program:a]\n", "command=x\n", "" },
        { "", "[program:a]\ncommand=x\n", "" },
        { "[program:a]\nnumprocs=1000\ncommand=x %(process_num)s\n[program:b]\ncommand=", "\"", "" },
        { "[program:a]\ncommand=x\nenvironment=", "A=\"", "" },
        { "[program:a]\ncommand=", "%(a", "" },
        { "[group:g]\nprograms=", "a,", "\n[program:a]\ncommand=x\n" },
        { "[include]\nfiles=", "/nowhere/*.x ", "" },
        { "[Service]\nExecStart=/bin/x", " y\\\n", "" },
        { "[Service]\nExecStart=/bin/x ", "${A}$", "" },
        { "[Service]\nExecStart=/bin/x\nRestartSec=1", " ", "x" },
        { "[Service]\nExecStart=/bin/x\n", "Environment=A=1\n", "" },
        { "[Unit]\nAfter=", "a.service ", "\n[Service]\nExecStart=/bin/x\n" },
        { "a: x\n", "a: x\n", "" },
        { "a: x ", "A='", "" },
        { "", "\n", "" },
        { "", " ", "" },
        { "", "[", "" },
        { "[", "{\"script\": \"a b\"},", "{}]" },
    };

    [Theory]
    [MemberData(nameof(Large))]
    public void A_large_file_takes_no_longer_than_its_size(string start, string middle, string end)
    {
        var text = start + string.Concat(Enumerable.Repeat(middle, 900_000 / middle.Length)) + end;
        Fuzz.Bounded(text.Length, perByte: 5_000, perInput: 1_000_000, () =>
        {
            try
            {
                var conversion = new Conversion("/", new(), _ => null);
                ImportSource.Convert([ImportSource.Recognize(new("/x", text))], conversion);
                _ = ConfigurationText.Of(conversion.Services, "x");
                _ = conversion.Report.Lines(isVerbose: true).Count();
            }
            catch (InvalidDataException)
            {
                // Too many services.
            }
        });
    }
}
