using System.Runtime.InteropServices;
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
            return ReadRegular(path) switch
            {
                null => Fail(problems, "is larger than 1 MB; is it a configuration?"),
                { Content.Length: 0 } => Fail(problems, $"is empty; write for example {Example}"),
                var file => file,
            };
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Fail(problems, Explain(path, error));
        }
    }

    /// <summary>Whether a file could bear the name.</summary>
    public static bool IsName(string path) => path.Length > 0 && !path.Contains('\0');

    /// <summary>Reads a regular file with whatever is in it, also one of proc(5), which tells no length; null if it is too large.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is no regular file; the message is worded to follow its name. Pipes and devices are never opened: that could wait for a writer.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ConfigurationFile? ReadRegular(string path)
    {
        if (FileOwner.Exists(path) && !FileOwner.IsRegular(path))
            throw new InvalidDataException(FileOwner.IsFolder(path) ? "is a folder; name the file in it" : "is a pipe or a device; name a file");
        using var file = new SafeFileHandle(Libc.Open(path, Libc.ReadOnly | Platform.Current.OpenNonBlock | Platform.Current.OpenCloseOnExec), ownsHandle: true);
        if (file.IsInvalid)
            throw Failure(-Marshal.GetLastPInvokeError());
        if (RandomAccess.GetLength(file) > MaxBytes)
            return null;
        var (content, length) = (new byte[16 * 1024], 0);
        for (int read; (read = Descriptors.Read((int)file.DangerousGetHandle(), content.AsSpan(length))) != 0; length += read)
            if (read < 0)
                throw Failure(read);
            else if (length + read > MaxBytes)
                return null;
            else if (length + read == content.Length)
                Array.Resize(ref content, content.Length * 2);
        return new(content[..length], File.GetUnixFileMode(file), FileOwner.IsTrusted(file), IsTrustedFolder(Path.GetDirectoryName(Path.GetFullPath(path))!));
    }

    private static Exception Failure(int result) => -result switch
    {
        Libc.NoSuchFile or Libc.NoFolder => new FileNotFoundException(),
        Libc.AccessDenied => new UnauthorizedAccessException(),
        _ => new IOException(Descriptors.Describe(result)),
    };

    /// <summary>The sticky bit, as on /tmp, keeps others from replacing what is not theirs.</summary>
    private static bool IsTrustedFolder(string path)
    {
        var mode = (UnixFileMode)(FileOwner.PermissionsAt(path) ?? 0);
        return ((mode & OthersWrite) == 0 || mode.HasFlag(UnixFileMode.StickyBit)) && FileOwner.IsTrustedFolder(path);
    }

    private static ConfigurationFile? Fail(ProblemList problems, string message)
    {
        problems.Add(message);
        return null;
    }

    private static string Explain(string path, Exception error) => error switch
    {
        FileNotFoundException when Path.GetFullPath(path).Contains('\ufffd') => "is not found, for it, or the folder that it lies in, has a name that is not UTF-8; rename that",
        FileNotFoundException or DirectoryNotFoundException => "does not exist; name another with -c FILE",
        InvalidDataException => error.Message,
        UnauthorizedAccessException => $"cannot be read: {FileOwner.WhyDenied(Path.GetFullPath(path))}",
        _ => $"cannot be read: {error.Message}",
    };
}
