using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Supervisor.Web.Tests;

/// <summary>A running supervisor-web: the one named by $SUPERVISOR_WEB_BINARY, such as a native one, else what the build made.</summary>
internal sealed partial class WebProgram : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process process;

    private WebProgram(Process process, Uri address)
    {
        (this.process, Address) = (process, address);
        Client = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = address, Timeout = Patience };
    }

    public static string Path { get; } = Environment.GetEnvironmentVariable("SUPERVISOR_WEB_BINARY") is { Length: > 0 } binary
        ? System.IO.Path.GetFullPath(binary)
        : System.IO.Path.GetFullPath(typeof(WebProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Web").Value!);

    public Uri Address { get; }

    public int Pid => process.Id;

    public HttpClient Client { get; }

    /// <summary>Starts one for this configuration, at a port that is free, and waits until it listens.</summary>
    public static async Task<WebProgram> StartAsync(Deployment deployment, params string[] args)
    {
        var process = Start(deployment.Folder, args.Contains("--listen") ? args : ["--listen", "127.0.0.1:0", .. args]);
        var line = await process.StandardError.ReadLineAsync().WaitAsync(Patience);
        var address = AddressIn().Match(line ?? "");
        if (!address.Success)
            throw new InvalidOperationException($"it says: {line}");
        return new(process, new(address.Value.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)));
    }

    /// <summary>Runs one that is expected to end by itself.</summary>
    public static async Task<CommandResult> RunAsync(string folder, params string[] args)
    {
        using var process = Start(folder, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Asks for something, with these headers.</summary>
    public async Task<(HttpStatusCode Status, string Text, HttpResponseMessage Answer)> AskAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer);
    }

    public Task<(HttpStatusCode Status, string Text, HttpResponseMessage Answer)> GetAsync(string path, params (string Name, string Value)[] headers) => AskAsync(HttpMethod.Get, path, headers);

    /// <summary>What the page sends along with whatever changes something.</summary>
    public async Task<(string Name, string Value)> CsrfAsync(params (string Name, string Value)[] headers) =>
        ("X-CSRF-Token", CsrfIn().Match((await GetAsync("/", headers)).Text).Groups[1].Value);

    /// <summary>Sends SIGTERM, and tells how it ended.</summary>
    public async Task<int> EndAsync()
    {
        Signals.Send(Pid, "TERM");
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
            await EndAsync();
        process.Dispose();
    }

    private static Process Start(string folder, string[] args) => Process.Start(new ProcessStartInfo(Path, args)
    {
        WorkingDirectory = folder,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    [GeneratedRegex(@"http://[^,]+/")]
    private static partial Regex AddressIn();

    [GeneratedRegex("name=\"csrf-token\" content=\"([0-9a-f]{64})\"")]
    private static partial Regex CsrfIn();
}
