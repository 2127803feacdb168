using System.Text.Json;
using Supervisor.Daemon.Polling;

namespace Supervisor.Daemon.Storage;

/// <summary>
/// <c>state.json</c>: written to a temporary file and renamed, so it is there whole or not at all. The worker writes it, so
/// that no disk can hold up the loop. Only the newest state matters, so one at most waits to be written.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="bootId">What tells this boot from every other.</param>
/// <param name="disk">Who writes.</param>
/// <param name="deadlines">When a write that failed is tried again.</param>
/// <param name="tell">Hears that the state cannot be saved, and that it can again.</param>
/// <param name="onTried">Hears of the end of each write.</param>
/// <param name="time">The clock.</param>
#pragma warning disable CA1001 // What it holds is memory alone, and the worker may use it to the very end.
internal sealed class StateFile(string path, string bootId, Worker disk, Deadlines deadlines, Action<EventRecord> tell, Action onTried, TimeProvider time) : Deadline
#pragma warning restore CA1001
{
    /// <summary>How long a change waits for others, if nobody waits for it: in a storm of restarts, a disk is asked for twenty writes a second at most.</summary>
    public static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);

    // Once a service has started its workers, they can be told to be its own even if the leader should end while there is no supervisor.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    // A supervisor that is killed before the next write is missed more than an attempt a second costs.
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private const int MostAsked = 1000;

    private readonly Utf8JsonWriter writer = new(Stream.Null, new() { SkipValidation = true }); // On the worker. It keeps its buffer.
    private IReadOnlyList<ServiceRecord>? waiting;
    private IReadOnlyList<ServiceRecord> written = [];
    private string provenAt = "";
    private bool hasFailed;
    private bool isWriting;
    private bool isSettling;
    private List<Action> askedNow = []; // who waits for what is waiting
    private List<Action> askedBefore = []; // and for what is being written

    /// <summary>Whether the newest state is on the disk.</summary>
    public bool IsSaved => waiting is null && !isWriting;

    /// <summary>What an earlier supervisor left; nothing if it shut down in order, or if the machine was booted since.</summary>
    /// <exception cref="InvalidDataException">What is there makes no sense.</exception>
    /// <exception cref="CopiedStateException">It speaks of the services of another folder.</exception>
    /// <exception cref="IOException">It cannot be read, or is for a newer program.</exception>
    public static IReadOnlyList<ServiceRecord> Read(string path, string bootId)
    {
        try
        {
            return StateJson.Read(File.ReadAllBytes(path), bootId, Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
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

    /// <summary>Notes how things stand, in place of what was noted before and is not written yet.</summary>
    public void Save(IReadOnlyList<ServiceRecord> services)
    {
        (waiting, provenAt) = (services, ProcessIdentity.Moment());
        if (isWriting || (Due is not null && !isSettling))
            return;
        isSettling = false;
        WriteIn(Gathering);
    }

    /// <summary>
    /// Does something once what was noted is on the disk. While nothing can be written, which was told, nobody waits for it; nor where a
    /// disk that does not answer lets too many wait.
    /// </summary>
    public void WhenSaved(Action action)
    {
        if (IsSaved || hasFailed || askedNow.Count + askedBefore.Count >= MostAsked)
            action();
        else if (waiting is null)
            askedBefore.Add(action);
        else
        {
            askedNow.Add(action);
            if (!isWriting)
                WriteIn(TimeSpan.Zero);
        }
    }

    public override void OnDue(TimeSpan now) => Write();

    private void Write()
    {
        if (isSettling)
            (waiting, provenAt) = (written, ProcessIdentity.Moment());
        var (services, moment) = (waiting!, provenAt);
        string? error = null;
        (waiting, isWriting, askedNow, askedBefore) = (null, true, askedBefore, askedNow);
        disk.Post(() => error = TryWrite(services, moment), () => OnWritten(services, error));
    }

    /// <summary>A full disk is told once, and its end too.</summary>
    private void OnWritten(IReadOnlyList<ServiceRecord> services, string? error)
    {
        isWriting = false;
        onTried();
        if (error is not null)
        {
            if (!hasFailed)
                tell(new(time.GetUtcNow(), null, "state_not_saved", $"cannot save the state, will keep trying: {error}") { Reason = error });
            waiting ??= services;
            (hasFailed, isSettling) = (true, false);
            WriteIn(Retry);
            (askedNow, askedBefore) = ([], [.. askedBefore, .. askedNow]);
            Answer();
            return;
        }
        if (hasFailed)
            tell(new(time.GetUtcNow(), null, "state_saved", "the state is saved again"));
        (hasFailed, written) = (false, services);
        isSettling = waiting is null && !isSettling;
        if (waiting is not null || isSettling)
            WriteIn(isSettling ? Settling : askedNow.Count > 0 ? TimeSpan.Zero : Gathering);
        Answer();
    }

    private void Answer()
    {
        foreach (var action in askedBefore)
            action();
        askedBefore.Clear();
    }

    private void WriteIn(TimeSpan wait) => deadlines.Set(this, Deadlines.NowOn(time) + wait);

    /// <summary>Writes once; what went wrong, or null.</summary>
    private string? TryWrite(IReadOnlyList<ServiceRecord> services, string moment)
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
                StateJson.Write(writer, bootId, Path.GetDirectoryName(path)!, moment, services);
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
