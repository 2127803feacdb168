using Microsoft.Win32.SafeHandles;

namespace Supervisor.Configuration;

/// <summary>A configuration file's bytes and permissions.</summary>
/// <param name="Content">What is in it.</param>
/// <param name="Mode">Who may read and write it.</param>
/// <param name="IsTrusted">Whether it belongs to us, or to root.</param>
/// <param name="IsFolderTrusted">Whether nobody but us and root can put another file, or another program, in its place.</param>
public sealed record ConfigurationFile(byte[] Content, UnixFileMode Mode, bool IsTrusted, bool IsFolderTrusted)
{
    /// <summary>What lets others than the owner write.</summary>
    public const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>The smallest configuration, to be shown where there is none.</summary>
    public const string Example = """{"services": {"NAME": {"cmd": ["PROGRAM", "ARGUMENT"]}}}""";

    private const int MaxBytes = 1024 * 1024;

    /// <summary>Reads the file, or adds the problem that prevents it and returns null.</summary>
    public static ConfigurationFile? Read(string path, ProblemList problems)
    {
        if (!IsName(path))
            return Fail(problems, "is no file name; name one with -c FILE");
        try
        {
            return Directory.Exists(path) ? Fail(problems, "is a directory; name the file in it") : ReadFile(path, problems);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(problems, Explain(error));
        }
    }

    /// <summary>Whether a file could bear the name.</summary>
    public static bool IsName(string path) => path.Length > 0 && !path.Contains('\0');

    private static ConfigurationFile? ReadFile(string path, ProblemList problems)
    {
        if (IsEmpty(path))
            return Fail(problems, $"is empty or no regular file; write for example {Example}");
        return ReadRegular(path) ?? Fail(problems, "is larger than 1 MB; is it a configuration?");
    }

    /// <summary>Whether there is nothing in it. Devices and pipes have length 0 and must never be opened: to open a pipe would wait for a writer.</summary>
    public static bool IsEmpty(string path) => new FileInfo(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).Length == 0;

    /// <summary>Reads a regular file with whatever is in it; null if it is too large.</summary>
    public static ConfigurationFile? ReadRegular(string path)
    {
        // Sharing with everybody takes no lock: nobody else's lock on the file can stand in the way.
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        return RandomAccess.GetLength(file) > MaxBytes
            ? null
            : new(ReadContent(file), File.GetUnixFileMode(file), FileOwner.IsTrusted(file), IsTrustedFolder(Path.GetDirectoryName(Path.GetFullPath(path))!));
    }

    /// <summary>The sticky bit, as on /tmp, keeps others from replacing what is not theirs.</summary>
    private static bool IsTrustedFolder(string path)
    {
        var mode = File.GetUnixFileMode(path);
        return ((mode & OthersWrite) == 0 || mode.HasFlag(UnixFileMode.StickyBit)) && FileOwner.IsTrustedFolder(path);
    }

    private static byte[] ReadContent(SafeFileHandle file)
    {
        var content = new byte[RandomAccess.GetLength(file)];
        var length = 0;
        for (int read; (read = RandomAccess.Read(file, content.AsSpan(length), length)) > 0;)
            length += read;
        Array.Resize(ref content, length);
        return content;
    }

    private static ConfigurationFile? Fail(ProblemList problems, string message)
    {
        problems.Add(message);
        return null;
    }

    private static string Explain(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "does not exist; name another with -c FILE",
        UnauthorizedAccessException => "cannot be read: permission denied",
        _ => $"cannot be read: {error.Message}",
    };
}
