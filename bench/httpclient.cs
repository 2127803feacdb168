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
// own, and nothing else is done. The settings are those of src/Supervisor: Supervisor.csproj, but for the order of the
// functions and for what bench/peers.py gives it in its environment, and Probes/HttpProber.cs.
using var client = new HttpClient(new SocketsHttpHandler
{
    UseProxy = false,
    AllowAutoRedirect = false,
    UseCookies = false,
    ActivityHeadersPropagator = null,
    PooledConnectionLifetime = TimeSpan.Zero,
    MaxResponseHeadersLength = 16,
    MaxResponseDrainSize = 0,
    ResponseDrainTimeout = TimeSpan.Zero,
    ConnectTimeout = Timeout.InfiniteTimeSpan,
})
{
    Timeout = Timeout.InfiniteTimeSpan,
};
await Task.WhenAll(args.Select((port, index) => AskAsync(new($"http://127.0.0.1:{port}/health"), TimeSpan.FromSeconds((double)index / args.Length))));

async Task AskAsync(Uri endpoint, TimeSpan offset)
{
    await Task.Delay(offset);
    using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
    do
    {
        try
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
            request.Headers.ConnectionClose = true;
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Nobody is there yet.
        }
    }
    while (await timer.WaitForNextTickAsync());
}
