using System.Net;
using System.Net.Sockets;
using Xunit;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.Web.Tests;

/// <summary>What is wrong is said in a line, and ends the program with the code of its kind.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--listen 0.0.0.0:9180", "--listen: 0.0.0.0:9180 can be reached from other machines, so it needs a token: --token-file FILE, or listen on 127.0.0.1")]
    [InlineData("--listen [::]:9180", "--listen: [::]:9180 can be reached from other machines, so it needs a token: --token-file FILE, or listen on 127.0.0.1")]
    [InlineData("--listen 127.0.0.1", "--listen: '127.0.0.1' is no address and port; write for example 127.0.0.1:9180, [::1]:9180 or 0.0.0.0:9180")]
    [InlineData("--listen=127.0.0.1:70000", "--listen: '127.0.0.1:70000' is no address and port; write for example 127.0.0.1:9180, [::1]:9180 or 0.0.0.0:9180")]
    [InlineData("--listen", "--listen needs a value; see supervisor-web --help")]
    [InlineData("--read-only=yes", "--read-only takes no value")]
    [InlineData("--lisen x", "unknown option '--lisen'; did you mean '--listen'?")]
    [InlineData("status", "unknown word 'status'; see supervisor-web --help")]
    [InlineData("--token-file missing", "--token-file: missing does not exist; make it: (umask 077; openssl rand -hex 32 >missing)")]
    [InlineData("--token-file empty", "--token-file: empty is empty; write a secret into it: openssl rand -hex 32 >empty")]
    [InlineData("--token-file open", "--token-file: open can be read or written by others, who would know the token; chmod 600 open")]
    [InlineData("--token-file words", "--token-file: words holds more than one word of plain letters, digits and signs; write one, for example by: openssl rand -hex 32 >words")]
    [InlineData("--token-file .", "--token-file: . is a folder; name the file in it")]
    public async Task Wrong_usage_is_exit_code_2(string args, string message)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        foreach (var (name, text) in new[] { ("empty", "\n"), ("open", "secret"), ("words", "two words") })
        {
            File.WriteAllText(Path.Combine(deployment.Folder, name), text);
            File.SetUnixFileMode(Path.Combine(deployment.Folder, name), (UnixFileMode)(name == "open" ? 0x1a4 : 0x180)); // 0644, 0600
        }
        var result = await WebProgram.RunAsync(deployment.Folder, args.Split(' '));
        Assert.Equal((2, "", $"supervisor-web: {message}\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task A_configuration_that_is_not_there_is_exit_code_2()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var result = await WebProgram.RunAsync(deployment.Folder, "-c", "nowhere.json");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("nowhere.json: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_exit_code_1()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var result = await WebProgram.RunAsync(deployment.Folder, "--listen", $"{taken.LocalEndpoint}");
        Assert.Equal((1, $"supervisor-web: --listen: {taken.LocalEndpoint} is in use by another program; end that, or choose another port\n"), (result.ExitCode, result.Error));
        var elsewhere = await WebProgram.RunAsync(deployment.Folder, "--listen", "192.0.2.1:9180", "--token-file", RequestTests.TokenFile(deployment, "secret"));
        Assert.Equal(1, elsewhere.ExitCode);
        Assert.StartsWith("supervisor-web: --listen: 192.0.2.1:9180: ", elsewhere.Error, StringComparison.Ordinal);
        Assert.Single(elsewhere.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Help_and_version_go_to_stdout()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        Assert.Contains("usage: supervisor-web [-c FILE] [--listen ADDRESS:PORT] [--token-file FILE] [--read-only]\n", (await WebProgram.RunAsync(deployment.Folder, "--help")).Output, StringComparison.Ordinal);
        Assert.Equal((0, (await deployment.RunAsync("--version")).Output.Replace("supervisor ", "supervisor-web ", StringComparison.Ordinal)), (await WebProgram.RunAsync(deployment.Folder, "-V") is var version ? version.ExitCode : 0, version.Output));
    }

    /// <summary>Files and variables by which a web application is often told where to listen are none of its business.</summary>
    [Fact]
    public async Task It_listens_where_it_was_told_and_nowhere_else()
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")));
        var port = Ports.Free();
        var url = $"http://127.0.0.1:{port}";
        File.WriteAllText(Path.Combine(deployment.Folder, "appsettings.json"), """{"Kestrel": {"Endpoints": {"Other": {"Url": "URL"}}}, "urls": "URL"}""".Replace("URL", url, StringComparison.Ordinal));
        await using var web = await WebProgram.StartAsync(deployment);
        Assert.Equal(HttpStatusCode.OK, (await web.GetAsync("/")).Status);
        using var other = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => other.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).AsTask());
    }
}
