using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Supervisor.Daemon.Storage;

namespace Supervisor;

/// <summary>
/// <c>up -d</c>: starts this same program in a session of its own, waits for its word that it takes requests, then for
/// the health of every service.
/// </summary>
internal static class DetachCommand
{
    public static int Run(CommandLine line)
    {
        if (UpCommand.Accept(ConfigurationReader.Load(line.ConfigFile), isSuccessor: false) is not { } config)
            return (int)ExitCode.Usage;
        try
        {
            StateFolder.Take(config.StateDir, config.ControlGroup).Dispose();
            return ComesUp(config)
                ? ChangeCommand.Run(line with { Verb = Verb.All.Single(verb => verb.Name == "wait") })
                : (int)ExitCode.Failed;
        }
        catch (AlreadyRunningException e)
        {
            return Incumbent.Fail(config, e);
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, e.Message);
        }
    }

    /// <summary>Starts it. Whether it came up: if not, its last words are passed on.</summary>
    private static bool ComesUp(SupervisorConfig config)
    {
        var log = StatePaths.Log(config.StateDir);
        using var logFile = OwnFile.OpenLog(log);
        var before = RandomAccess.GetLength(logFile);
        using var ready = new FileStream(StartBackground(config, log), FileAccess.Read, bufferSize: 0);
        if (ready.ReadByte() >= 0)
            return true;
        foreach (var words in ReadFrom(log, before).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Standard.Error(words);
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
            Path = ProgramPath.OnDisk,
            Argv = [ProgramPath.OnDisk, "-c", config.File, "up", "--ready-fd", "3"],
            WorkingDir = Path.GetDirectoryName(config.File)!,
            LogPath = log,
            ExtraDescriptor = ends[1],
        });
        return result.Error is { } error ? throw new IOException(error) : reading;
    }

    private static string ReadFrom(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>Who runs already.</summary>
internal static class Incumbent
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Says that somebody holds the state folder: who, and what is served there, if that is another configuration.</summary>
    public static int Fail(SupervisorConfig config, AlreadyRunningException e)
    {
        var (pid, serves) = ("", "");
        try
        {
            using var client = ControlClient.TryConnect(StatePaths.Socket(config.StateDir), config.File);
            var reply = client?.Call("status", new([]), Patience);
            pid = reply?.Report is { Supervisor.Pid: var answering } ? $" (pid {answering})" : "";
            serves = reply?.Error is { Code: Fault.OtherConfiguration, Message: var message } ? $": {message}" : "";
        }
        catch (IOException)
        {
            // It lives all the same, for it holds the lock.
        }
        // Who has only just taken the lock has not written its pid yet.
        return Terminal.Fail(ExitCode.Failed, $"{e.Message.Replace(" (pid )", pid, StringComparison.Ordinal)}{serves}");
    }
}
