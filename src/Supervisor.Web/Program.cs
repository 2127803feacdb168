using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Supervisor.Web;

if (OperatingSystem.IsWindows())
    return Fail(ExitCode.Usage, "runs on Linux and macOS, not on Windows");

Standard.Occupy();
try
{
    if (args.Any(arg => arg is "-h" or "--help"))
        return Terminal.Print(WebOptions.Help);
    if (args.Any(arg => arg is "-V" or "--version"))
        return Terminal.Print($"supervisor-web {ProgramVersion.Current}\n");
    var options = WebOptions.Parse(args);
    if (OpenSsl.IsMissing)
        return Fail(ExitCode.Failed, "needs OpenSSL for its tokens, which is not on this machine; install libssl.so.3 (Debian: libssl3)");
    return ClientCommand.PlaceOf(ConfigurationReader.StateDirOf(options.ConfigFile)) is { } folder ? await ServeAsync(options, folder) : (int)ExitCode.Usage;
}
catch (UsageException e)
{
    return Fail(ExitCode.Usage, e.Message);
}
catch (OutputException e)
{
    return Fail(ExitCode.Failed, e.Message);
}
catch (Exception e)
{
    return Fail(ExitCode.Failed, $"internal error, please report it: {e.GetType().Name}: {e.Message}");
}

static async Task<int> ServeAsync(WebOptions options, string folder)
{
    // Empty, for the others read files and variables that are nobody's business, and listen where these say.
    var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "supervisor-web" });
    builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
    {
        server.AddServerHeader = false;
        server.Limits.MaxConcurrentConnections = 100;
        server.Limits.MaxRequestBodySize = 4096;
        server.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        server.Listen(options.Listen, listen => listen.Protocols = HttpProtocols.Http1);
    });
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
    await using var app = builder.Build();
    var watcher = new Watcher(options.ConfigFile, folder, TimeProvider.System, app.Lifetime.ApplicationStopping);
    var site = new Site(options, watcher, TimeProvider.System, app.Lifetime.ApplicationStopping);
    app.Run(site.AnswerAsync);
    watcher.Start();
    try
    {
        await app.StartAsync();
    }
    catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
    {
        return Fail(ExitCode.Failed, e.InnerException is AddressInUseException
            ? $"--listen: {options.Listen} is in use by another program; end that, or choose another port"
            : $"--listen: {options.Listen}: {(e.InnerException ?? e).Message}; choose an address of this machine, and a port above 1023 or root");
    }
    foreach (var address in app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
        Standard.Error($"supervisor-web: listening on {address}/{(options.IsReadOnly ? ", read-only" : "")}");
    await app.WaitForShutdownAsync();
    return (int)ExitCode.Done;
}

static int Fail(ExitCode code, string message)
{
    Standard.Error($"supervisor-web: {message}");
    return (int)code;
}
