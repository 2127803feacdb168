namespace Supervisor.Tests.Os;

/// <summary>Scripts that the system does not find, though they are there.</summary>
public sealed class ProgramFileTests
{
    [Theory]
    [InlineData("#!/bin/sh\necho", null)]
    [InlineData("#! /bin/sh -e\necho", null)]
    [InlineData("#!/bin/sh", null)]
    [InlineData("echo", null)]
    [InlineData("", null)]
    [InlineData("#!/bin/sh\r\necho\r\n", "has a first line that ends with CR LF, as on Windows, so its interpreter is not found; save it with LF")]
    [InlineData("#!/usr/bin/env python3\r\n", "has a first line that ends with CR LF, as on Windows, so its interpreter is not found; save it with LF")]
    [InlineData("#!/none/python3 -u\n", "has a first line that names /none/python3, which does not exist; install it, or correct the line")]
    [InlineData("#!\n", "has a first line that names no interpreter; write for example #!/bin/sh")]
    public void What_is_wrong_with_the_first_line_is_seen(string text, string? obstacle)
    {
        using var folder = new TempFolder();
        var file = folder.Write("run", text);
        Assert.Equal(obstacle, ProgramFile.Obstacle(file));
        if (obstacle is null)
            return;
        folder.WriteExecutable("run");
        File.WriteAllText(file, text);
        Assert.Equal([$"1:29: services.a.cmd[0]: {file} {obstacle}"], Configuration.Read.Problems("""{"services": {"a": {"cmd": ["FILE"]}}}""".Replace("FILE", file, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("no program", 2, "FILE needs a loader that is not on this machine: it was built for another system, or another C library")]
    [InlineData("no program", 8, "FILE is no program of this machine, and has no first line that names an interpreter, as #!/bin/sh does")]
    [InlineData("no program", 7, "FILE: its arguments and environment are larger than the system takes; pass them in a file")]
    [InlineData("no program", 13, "FILE: Permission denied")]
    public void An_error_is_told_by_what_it_means(string text, int error, string expected)
    {
        using var folder = new TempFolder();
        var file = folder.Write("run", text);
        Assert.Equal(expected.Replace("FILE", file, StringComparison.Ordinal), ProgramFile.Explain(file, error));
    }
}
