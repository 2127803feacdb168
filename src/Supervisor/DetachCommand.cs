using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Supervisor;

/// <summary>
/// <c>up -d</c>: starts this same program in a session of its own, waits for its word that it takes requests, then for
/// the health of every service.
/// </summary>
internal static class DetachCommand
{
    public static async Task<int> RunAsync(CommandLine line)
    {
        if (CheckCommand.Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        try
        {
            StateFolder.Take(config.StateDir).Dispose();
            return await Spawn(config).ConfigureAwait(false)
                ? await ChangeCommand.RunAsync(line with { Verb = Verb.All.Single(verb => verb.Name == "wait") }).ConfigureAwait(false)
                : (int)ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or AlreadyRunningException)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>Whether it came up. If not, its last words are passed on.</summary>
    private static async Task<bool> Spawn(SupervisorConfig config)
    {
        var log = Path.Combine(config.StateDir, "supervisor.log");
        using var logFile = OwnFile.OpenLog(log);
        var before = RandomAccess.GetLength(logFile);
        using var ready = StartBackground(config, log);
        if (await ReadToEndAsync(ready).ConfigureAwait(false) > 0)
            return true;
        Console.Error.Write(ReadFrom(log, before));
        return false;
    }

    /// <summary>The reading end of a pipe that gets a line when it is ready, and ends when it is dead.</summary>
    private static unsafe SafeFileHandle StartBackground(SupervisorConfig config, string log)
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends) != Libc.Ok)
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        var reading = new SafeFileHandle(ends[0], ownsHandle: true);
        using var writing = new SafeFileHandle(ends[1], ownsHandle: true);
        var result = Spawner.Spawn(new()
        {
            Path = Environment.ProcessPath!,
            Argv = ["supervisor", "-c", config.File, "up", "--ready-fd", "3"],
            Environment = InheritedEnvironment.Read(),
            WorkingDir = Path.GetDirectoryName(config.File)!,
            LogPath = log,
            ExtraDescriptor = ends[1],
        });
        return result.Error is { } error ? throw new IOException(error) : reading;
    }

    private static async Task<int> ReadToEndAsync(SafeFileHandle pipe)
    {
        using var stream = new FileStream(pipe, FileAccess.Read, bufferSize: 1);
        return await stream.ReadAsync(new byte[16]).ConfigureAwait(false);
    }

    private static string ReadFrom(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
