using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Supervisor.Daemon;

/// <summary>
/// The program that is now on disk where this one was. It is tried as a child of ours, with the configuration and the
/// state that it will have to go on with; then it is executed in our place, in the same process: its children stay its
/// children, and it keeps the lock and the listening socket, so that nobody can come between and no client is refused.
/// </summary>
internal sealed class Successor(SupervisorConfig config, CommandRunner commands, ChannelWriter<Message> inbox) : ISuccessor
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const int LongestOutput = 1000;

    private string OutputFile => Path.Combine(config.StateDir, "upgrade.log");

    public async void Try() => inbox.TryWrite(new Message.SuccessorTried(await TryAsync().ConfigureAwait(false)));

    /// <summary>Becomes the successor. Returns only if that failed.</summary>
    /// <returns>Why it did.</returns>
    public static unsafe string Execute(string configFile, Heirlooms heirlooms)
    {
        if (Missing() is { } missing)
            return missing;
        using var argv = new NativeStrings(["supervisor", "-c", configFile, "up", "--inherit", heirlooms.ToString()]);
        using var envp = new NativeStrings(InheritedEnvironment.Whole());
        heirlooms.SetClosing(false);
        // What comes until the successor is ready to be told waits, instead of ending it.
        SignalInlet.Block();
        _ = Libc.Execute(ProgramPath.OnDisk, argv.Pointer, envp.Pointer);
        var error = Marshal.GetLastPInvokeErrorMessage();
        SignalInlet.Unblock();
        heirlooms.SetClosing(true);
        return $"{ProgramPath.OnDisk}: {error}";
    }

    /// <summary>
    /// The successor needs as many threads and descriptors as are given back here, and cannot do without. If one more is
    /// to be had, so are these; if not, a limit may be far below what is in use, and the successor's first act be its last.
    /// </summary>
    private static string? Missing()
    {
        try
        {
            new Thread(static () => { }) { IsBackground = true }.Start();
            File.OpenHandle("/dev/null").Dispose();
            return null;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException or IOException or UnauthorizedAccessException)
        {
            return $"there are no threads or descriptors to be had at the moment, which a successor needs: {e.Message}";
        }
    }

    private async Task<string?> TryAsync()
    {
        try
        {
            var status = await commands.RunAsync(Trial(), Patience).ConfigureAwait(false);
            return status.Success ? null : $"{ProgramPath.OnDisk} is not fit to take over: {await ReadOutputAsync().ConfigureAwait(false) ?? status.ToString()}";
        }
        catch (TimeoutException)
        {
            return $"{ProgramPath.OnDisk} is not fit to take over: it did not end within {Wording.Duration(Patience)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private SpawnRequest Trial() => new()
    {
        Path = ProgramPath.OnDisk,
        Argv = ["supervisor", "-c", config.File, "check", "--successor"],
        Environment = InheritedEnvironment.Read(),
        WorkingDir = Path.GetDirectoryName(config.File)!,
        OutputPath = OutputFile,
    };

    private async Task<string?> ReadOutputAsync()
    {
        var text = Printable.Shorten(Printable.Escape((await File.ReadAllTextAsync(OutputFile).ConfigureAwait(false)).Trim().ReplaceLineEndings("; ")), LongestOutput);
        return text.Length == 0 ? null : text;
    }
}
