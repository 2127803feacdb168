using System.Text;

namespace Supervisor;

/// <summary><c>init</c>: writes a configuration to begin with, or one converted from that of another program.</summary>
internal static class InitCommand
{
    private const int MaxBytes = 1024 * 1024;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static int Run(CommandLine line)
    {
        var file = line.ConfigFile;
        if (file.Length == 0 || file.Contains('\0'))
            return Terminal.Fail(ExitCode.Usage, "-c: is no file name");
        if (Path.Exists(file))
            return FailAsThere(file);
        if (!line.Options.TryGetValue("from", out var source))
            return Write(file, ConfigurationText.Example, Readable, "");
        var losses = new ProblemList(source);
        try
        {
            return Convert(source, file, losses);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            Say(losses);
            return Terminal.Fail(ExitCode.Usage, e is InvalidDataException ? $"{source}: {e.Message}" : $"--from: {e.Message}");
        }
    }

    private static int Convert(string source, string file, ProblemList losses)
    {
        var (content, mode) = Read(source);
        var conversion = new Conversion(FolderOf(source), FolderOf(file));
        new ImportSource(source, content, losses).Convert(conversion);
        Say(losses);
        var count = conversion.Services.Count;
        return count == 0
            ? Terminal.Fail(ExitCode.Failed, $"{source}: there is nothing in it that could be run")
            // There may be secrets in it, so only those may read it who could read the source.
            : Write(file, ConfigurationText.Of(conversion.Services, Path.GetFileName(source)), mode & Readable, $" with {count} service{(count == 1 ? "" : "s")}");
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";

    private static (byte[] Content, UnixFileMode Mode) Read(string source)
    {
        using var stream = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[MaxBytes + 1];
        var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length > MaxBytes
            ? throw new InvalidDataException("is larger than 1 MB; is it a configuration?")
            : (content[..length], File.GetUnixFileMode(stream.SafeFileHandle));
    }

    private static int Write(string file, string text, UnixFileMode mode, string what)
    {
        try
        {
            using var stream = new FileStream(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode | UnixFileMode.UserWrite });
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Path.Exists(file) ? FailAsThere(file) : Terminal.Fail(ExitCode.Failed, $"{file}: cannot be written: {(e is UnauthorizedAccessException ? FileOwner.WhyDenied(Path.GetFullPath(file)) : e.Message)}");
        }
        var isReady = CheckCommand.Load(file) is not null;
        var supervisor = file == "supervisor.json" ? "supervisor" : $"supervisor -c {file}";
        return Terminal.Print($"""
            {file} is written{what}. Next{(isReady ? "" : ", once what is said above is put right")}:
              {supervisor} check
              {supervisor} up
              {supervisor} status

            """);
    }

    private static int FailAsThere(string file) =>
        Terminal.Fail(ExitCode.Failed, $"{file}: is there already; remove it, or name another with -c FILE");

    private static void Say(ProblemList losses)
    {
        foreach (var loss in losses.InOrder())
            Standard.Error(loss.ToString());
    }
}
