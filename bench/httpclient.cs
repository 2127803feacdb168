#:property OptimizationPreference=Size
#:property EventSourceSupport=false
#:property MetricsSupport=false
#:property HttpActivityPropagationSupport=false
#:property StackTraceSupport=false
#:property ConcurrentGarbageCollection=false
#:property PositionIndependentExecutable=false
#:property IlcDehydrate=false
#:property RestorePackagesWithLockFile=false

// What health checks cost in .NET without a supervisor around them: each PORT is asked once a second, on a connection of its
// own, and nothing else is done. The settings are those of src/Supervisor/Supervisor.csproj.
using var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, UseProxy = false, AllowAutoRedirect = false });
await Task.WhenAll(args.Select((port, index) => AskAsync(new($"http://127.0.0.1:{port}/health"), TimeSpan.FromSeconds((double)index / args.Length))));

async Task AskAsync(Uri endpoint, TimeSpan offset)
{
    await Task.Delay(offset);
    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
    do
    {
        try
        {
            (await client.GetAsync(endpoint, HttpCompletionOption.ResponseHeadersRead)).Dispose();
        }
        catch (HttpRequestException)
        {
            // Nobody is there yet.
        }
    }
    while (await timer.WaitForNextTickAsync());
}
