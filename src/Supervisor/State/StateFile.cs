using System.Text.Json;
using System.Threading.Channels;
using Supervisor.Loop;

namespace Supervisor.State;

/// <summary>
/// <c>state.json</c>: written to a temporary file and renamed, so it is there whole or not at all; by a task of its own,
/// so that no disk can hold up the loop. Only the newest state matters, so the queue holds one.
/// </summary>
internal sealed class StateFile : IStateStore, IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(60);

    private readonly Channel<IReadOnlyList<ServiceRecord>> queue = Channel.CreateBounded<IReadOnlyList<ServiceRecord>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly string path;
    private readonly string bootId;
    private readonly IEventSink events;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource ended = new();
    private readonly Task writing;

    public StateFile(string path, string bootId, IEventSink events, TimeProvider time)
    {
        this.path = path;
        this.bootId = bootId;
        this.events = events;
        this.time = time;
        writing = Task.Run(WriteAllAsync);
    }

    /// <summary>What the supervisor before this one left, or null if it left nothing behind.</summary>
    /// <exception cref="IOException">There is something, but it cannot be read.</exception>
    public static StateDocument? Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize(file, StateJson.Default.StateDocument) ?? throw new JsonException();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or UnauthorizedAccessException)
        {
            throw new IOException($"{path}: cannot be read, so it is not known whether daemons of an earlier supervisor still run; make sure that none does, and remove it", e);
        }
    }

    public void Save(IReadOnlyList<ServiceRecord> services) => queue.Writer.TryWrite(services);

    /// <summary>Writes what is left to write, if it can be written.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(writing, Task.Delay(LastWords, time)).ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        await foreach (var services in queue.Reader.ReadAllAsync().ConfigureAwait(false))
            await WriteAsync(services).ConfigureAwait(false);
    }

    /// <summary>Tries until it is written or superseded; a full disk is told once, and its end too.</summary>
    private async Task WriteAsync(IReadOnlyList<ServiceRecord> services)
    {
        var delay = FirstRetry;
        var failed = false;
        while (TryWrite(services) is { } error)
        {
            if (!failed)
                events.Write(new(time.GetUtcNow(), null, "state_not_saved", $"cannot save the state, will keep trying: {error}") { Reason = error });
            failed = true;
            if (ended.IsCancellationRequested)
                return;
            await Task.Delay(delay, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry;
            if (queue.Reader.TryRead(out var newer))
                services = newer;
        }
        if (failed)
            events.Write(new(time.GetUtcNow(), null, "state_saved", "the state is saved again"));
    }

    /// <summary>Writes once; what went wrong, or null.</summary>
    private string? TryWrite(IReadOnlyList<ServiceRecord> services)
    {
        var temporary = path + ".tmp";
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                JsonSerializer.Serialize(file, StateDocument.Of(bootId, services), StateJson.Default.StateDocument);
                file.Flush(flushToDisk: true); // or the rename may outlive a power cut that the content does not
            }
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
