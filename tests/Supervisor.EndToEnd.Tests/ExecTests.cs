using System.Text.Json.Nodes;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The verb <c>exec</c>.</summary>
public sealed class ExecTests
{
    [Fact]
    public async Task A_command_has_what_the_service_has_but_for_its_mark_and_the_streams_and_the_exit_code_are_its_own()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(
            ("environment", new JsonObject { ["GREETING"] = "hello" }), ("working_dir", "/tmp"), ("umask", "027"), ("limits", new JsonObject { ["nofile"] = 100 }))));
        const string script = "cat; pwd; umask; ulimit -n; echo $GREETING; env | grep -c ^SUPERVISOR_; echo oops >&2; exit 7";
        var result = await Commands.RunAsync("sh", "-c", $"cd {deployment.Folder} && echo input | SUPERVISOR_SERVICE=forged {Programs.Supervisor} exec a -- sh -c '{script}'");
        Assert.Equal((7, "input\n/tmp\n0027\n100\nhello\n0\n", "oops\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_signal_reaches_the_command_itself_and_bytes_are_passed_on()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var killed = await Commands.RunAsync("sh", "-c", $"cd {deployment.Folder} && {Programs.Supervisor} exec a sh -c 'kill -TERM $$'; echo $?");
        Assert.Equal("143\n", killed.Output);
        var bytes = await Commands.RunAsync("sh", "-c", $"cd {deployment.Folder} && {Programs.Supervisor} exec a -- printf %s \"$(printf 'caf\\351')\" --help | od -An -tx1 | tr -d ' \\n'");
        Assert.Equal("636166e92d2d68656c70", bytes.Output);
    }

    [Theory]
    [InlineData("a -- no-such-program", 127, "supervisor: could not be started: no executable 'no-such-program' in any folder of PATH (/bin); install it, or write its path\n")]
    [InlineData("a -- ./none", 127, "supervisor: could not be started: FOLDER/none does not exist; name an existing program (a relative path starts from working_dir)\n")]
    [InlineData("a -- ./supervisor.json", 126, "supervisor: could not be started: FOLDER/supervisor.json is not executable; chmod +x it\n")]
    [InlineData("b -- true", 2, "supervisor: no service is named 'b'; did you mean 'a'?\n")]
    [InlineData("a", 2, "supervisor: 'exec' needs a service name and a command; it is called: supervisor [-c FILE] exec NAME -- COMMAND...\n")]
    public async Task What_cannot_be_run_says_why_and_tells_no_secret(string args, int code, string error)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("environment", new JsonObject { ["SECRET"] = "hunter2", ["PATH"] = "/bin" }))));
        var result = await deployment.RunAsync(["exec", .. args.Split(' ')]);
        Assert.Equal((code, "", error.Replace("FOLDER", deployment.Folder, StringComparison.Ordinal)), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task As_root_it_runs_as_the_services_user()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root may become somebody else");
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000").With(("user", "nobody"), ("working_dir", "/"))));
        var result = await deployment.RunAsync("exec", "a", "--", "sh", "-c", "id -un; echo $USER");
        Assert.Equal((0, "nobody\nnobody\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task The_schema_is_that_of_the_repository()
    {
        var schema = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Programs.SampleConfiguration)!, "../../supervisor.schema.json"), TestContext.Current.CancellationToken);
        Assert.Equal(schema, (await Commands.RunAsync(Programs.Supervisor, "schema")).Output);
    }
}
