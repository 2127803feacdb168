using System.Text.Json;
using System.Threading.Channels;

namespace Supervisor.Daemon;

/// <summary>
/// <c>state.json</c>: written to a temporary file and renamed, so it is there whole or not at all; by a task of its own,
/// so that no disk can hold up the loop. Only the newest state matters, so the queue holds one.
/// </summary>
internal sealed class StateFile : IStateStore, IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(60);

    private readonly Channel<Note> queue = Channel.CreateBounded<Note>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly string path;
    private readonly string bootId;
    private readonly IEventSink events;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource ended = new();
    private readonly Utf8JsonWriter writer = new(Stream.Null); // Kept for the sake of its buffer.
    private readonly Task writing;

    public StateFile(string path, string bootId, IEventSink events, TimeProvider time)
    {
        this.path = path;
        this.bootId = bootId;
        this.events = events;
        this.time = time;
        writing = Task.Run(WriteAllAsync);
    }

    /// <summary>What an earlier supervisor left; nothing if it shut down in order, or if the machine was booted since.</summary>
    /// <exception cref="InvalidDataException">What is there makes no sense.</exception>
    /// <exception cref="IOException">It cannot be read, or is for a newer program.</exception>
    public static IReadOnlyList<ServiceRecord> Read(string path, string bootId)
    {
        try
        {
            return StateJson.Read(File.ReadAllBytes(path), bootId);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (NotSupportedException e)
        {
            throw new IOException($"{path}: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: makes no sense ({Printable.Escape(e.Message)}), so it is not known what an earlier supervisor left running; make sure that it is nothing, and remove the file", e);
        }
    }

    public void Save(IReadOnlyList<ServiceRecord> services) => queue.Writer.TryWrite(new(services));

    /// <summary>Returns once this is written. Nothing else may be noted meanwhile.</summary>
    public Task SaveAsync(IReadOnlyList<ServiceRecord> services)
    {
        var note = new Note(services);
        queue.Writer.TryWrite(note);
        return note.Written.Task;
    }

    /// <summary>Writes what is left to write, if it can be written.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(writing, Task.Delay(LastWords, time)).ConfigureAwait(false);
    }

    private async Task WriteAllAsync()
    {
        await foreach (var note in queue.Reader.ReadAllAsync().ConfigureAwait(false))
            await WriteAsync(note).ConfigureAwait(false);
    }

    /// <summary>Tries until it is written or superseded; a full disk is told once, and its end too.</summary>
    private async Task WriteAsync(Note note)
    {
        var delay = FirstRetry;
        var failed = false;
        while (TryWrite(note.Services) is { } error)
        {
            if (!failed)
                events.Write(new(time.GetUtcNow(), null, "state_not_saved", $"cannot save the state, will keep trying: {error}") { Reason = error });
            failed = true;
            if (ended.IsCancellationRequested)
                return;
            await Task.Delay(delay, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestRetry ? delay * 2 : LongestRetry;
            if (queue.Reader.TryRead(out var newer))
                note = newer;
        }
        note.Written.TrySetResult();
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
                BufferSize = 0,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                writer.Reset(file);
                StateJson.Write(writer, bootId, services);
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

    private sealed record Note(IReadOnlyList<ServiceRecord> Services)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
