namespace Supervisor.Tests.Configuration;

/// <summary>Files of variables.</summary>
public sealed class EnvFileTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("export A=b", "b")]
    [InlineData("  A=b  ", "b")]
    [InlineData("A= b c # d", "b c # d")]
    [InlineData("A=", "")]
    [InlineData("A=''", "")]
    [InlineData("A=\"\"", "")]
    [InlineData("A='b \"c\" \\n $D ${E}'", "b \"c\" \\n $D ${E}")]
    [InlineData("A=\"b \\\"c\\\" \\\\ \\n d\"", "b \"c\" \\ \n d")]
    [InlineData("A=b=c", "b=c")]
    [InlineData("A=b'c", "b'c")]
    [InlineData("# comment\n\nA=b\r\n", "b")]
    [InlineData("A=b\nA=c", "c")]
    [InlineData("\ufeffA=b", "b")]
    [InlineData("A='b' # comment", "b")]
    [InlineData("A='b\r\nc=\n'\nB=d", "b\nc=\n")]
    [InlineData("export A=\"b\n  \\\"c\\\"\" \nB='d'", "b\n  \"c\"")]
    public void A_line_is_read(string text, string expected)
    {
        using var folder = new TempFolder();

        Assert.Equal(expected, Read.ValidService($"\"env_file\": \"{folder.Write("f.env", text)}\"").Environment["A"]);
    }

    [Theory]
    [InlineData("A b", "is not NAME=value, with a name of letters, digits and _, no digit first; a comment begins with #")]
    [InlineData("1A=b", "is not NAME=value, with a name of letters, digits and _, no digit first; a comment begins with #")]
    [InlineData("A ='secret'", "is not NAME=value, with a name of letters, digits and _, no digit first; a comment begins with #")]
    [InlineData("A='secret", "has a quote that is not closed")]
    [InlineData("A='5", "has a quote that is not closed")]
    [InlineData("A='secret' b", "has something after the quote that closes its value; put all of it between quotes")]
    [InlineData("A='\nsecret'b", "has something after the quote that closes its value; put all of it between quotes")]
    [InlineData("A=\"secret\\\"", "has a quote that is not closed")]
    [InlineData("SUPERVISOR_SERVICE=secret", "SUPERVISOR_SERVICE is a variable that the supervisor sets itself, so this value would be lost; choose another name")]
    public void A_wrong_line_is_told_by_its_number_and_not_shown(string line, string problem)
    {
        using var folder = new TempFolder();
        var file = folder.Write("f.env", $"B=c\n{line}\n");

        var lines = Read.Lines(Supervisor.Configuration.ConfigurationReader.Parse(Read.File, System.Text.Encoding.UTF8.GetBytes(
            """{"services": {"a": {"cmd": ["/bin/sh"], "env_file": "FILE"}, "b": {"cmd": ["/bin/sh"], "env_file": ["FILE"]}}}""".Replace("FILE", file, StringComparison.Ordinal))));

        Assert.Equal([$"{file}:2: {problem}"], lines);
    }

    [Fact]
    public void The_later_file_wins_and_environment_wins_over_all()
    {
        using var folder = new TempFolder();
        folder.Write("1.env", "A=1\nB=1\nC=1");
        folder.Write("2.env", "B=2\nC=2");

        var environment = Read.ValidService($"\"env_file\": [\"{folder.File("1.env")}\", \"{folder.Path}/${{N:-2}}.env\"], \"environment\": {{\"C\": \"3\"}}").Environment;

        Assert.Equal(("1", "2", "3"), (environment["A"], environment["B"], environment["C"]));
    }

    [Fact]
    public void A_default_file_is_read_for_each_service_that_names_none()
    {
        using var folder = new TempFolder();
        folder.Write("1.env", "A=1");
        folder.Write("2.env", "B=2");

        var services = Read.Valid("""
            {"defaults": {"env_file": "FOLDER/1.env", "environment": {"X": "${A:-none}"}},
             "services": {"a": {"cmd": ["/bin/sh"]}, "b": {"cmd": ["/bin/sh"], "env_file": "FOLDER/2.env"}}}
            """.Replace("FOLDER", folder.Path, StringComparison.Ordinal)).Services;

        Assert.Equal(["A=1", "X=1"], services[0].Environment.Select(variable => $"{variable.Key}={variable.Value}"));
        Assert.Equal(["B=2", "X=none"], services[1].Environment.Select(variable => $"{variable.Key}={variable.Value}"));
    }

    [Theory]
    [InlineData("\"/none/f.env\"", "1:53: services.a.env_file: /none/f.env does not exist; create it, or name another")]
    [InlineData("[\"/\"]", "1:54: services.a.env_file[0]: / is a folder; name the file in it")]
    [InlineData("7", "1:53: services.a.env_file: must be a path, or an array of paths, not 7")]
    [InlineData("\"\"", "1:53: services.a.env_file: must not be empty; write . for the folder of this file")]
    public void A_file_that_cannot_be_read_is_told_where_it_is_named(string value, string line) =>
        Assert.Equal([line], Read.ServiceProblems($"\"env_file\": {value}"));

    [Fact]
    public void A_line_after_a_value_of_several_lines_is_told_by_its_own_number()
    {
        using var folder = new TempFolder();
        var file = folder.Write("f.env", "A='1\n2\n3'\n\nwrong\n");
        Assert.StartsWith($"{file}:5: is not NAME=value", Assert.Single(Read.Lines(Supervisor.Configuration.ConfigurationReader.Parse(Read.File, System.Text.Encoding.UTF8.GetBytes(
            """{"services": {"a": {"cmd": ["/bin/sh"], "env_file": "FILE"}}}""".Replace("FILE", file, StringComparison.Ordinal))))));
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_stay_as_they_are()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder.File("f.env"), [.. "A=caf"u8, 0xe9, .. "\n"u8]);
        Assert.Equal([.. "caf"u8, 0xe9], SystemText.Bytes(Read.ValidService($"\"env_file\": \"{folder.File("f.env")}\"").Environment["A"]));
    }

    [Fact]
    public Task A_pipe_is_refused_unopened_and_a_file_of_proc_is_read() => Task.Run(
        () =>
        {
            using var folder = new TempFolder();
            using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [folder.File("pipe")]))
                mkfifo.WaitForExit();
            Assert.Equal([$"1:53: services.a.env_file: {folder.File("pipe")} is a pipe or a device; name a file"], Read.ServiceProblems($"\"env_file\": \"{folder.File("pipe")}\""));
            Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no /proc");
            Assert.StartsWith("/proc/self/comm:1: is not NAME=value", Assert.Single(Read.Lines(Supervisor.Configuration.ConfigurationReader.Parse(Read.File, """{"services": {"a": {"cmd": ["/bin/sh"], "env_file": "/proc/self/comm"}}}"""u8.ToArray()))));
        },
        TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    [Fact]
    public void As_root_one_that_others_may_write_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root has this to fear");
        using var folder = new TempFolder();
        var file = folder.Write("f.env", "A=b");
        File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);

        Assert.Equal(
            [$"1:53: services.a.env_file: {file} can be written by others, who could make root run anything; chmod go-w it"],
            Read.ServiceProblems($"\"env_file\": \"{file}\""));
    }
}
