using System.Text;

namespace Supervisor;

/// <summary><c>init</c>: writes a configuration to begin with, or one converted from those of other programs.</summary>
internal static class InitCommand
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The schema that packages install beside this program: PREFIX/share for PREFIX/bin. It is one that every later version replaces.</summary>
    private static string? InstalledSchema =>
        Path.GetFullPath("../share/dispatch-supervisor/supervisor.schema.json", Path.GetDirectoryName(Environment.ProcessPath) ?? "/") is var file && File.Exists(file) ? new Uri(file).AbsoluteUri : null;

    public static int Run(CommandLine line)
    {
        var file = line.ConfigFile;
        if (!ConfigurationFile.IsName(file))
            return Terminal.Fail(ExitCode.Usage, "-c: is no file name");
        if (Path.Exists(file))
            return FailAsThere(file);
        if (!line.Options.TryGetValue("from", out var from))
            return line.Names.Count > 0 || line.Has("run") || line.Has("env") || line.Has("verbose")
                ? Terminal.Fail(ExitCode.Usage, $"'init' converts what --from names; it is called: {line.Verb.Usage}")
                : Write(file, ConfigurationText.Example(InstalledSchema), Readable, "", new(), line);
        var report = new Report();
        try
        {
            return Convert([.. from.Split(Option.Separator), .. line.Names], file, line, report);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            Say(report, line);
            return Terminal.Fail(ExitCode.Usage, e is InvalidDataException ? e.Message : $"--from: {e.Message}");
        }
    }

    private static int Convert(IReadOnlyList<string> paths, string file, CommandLine line, Report report)
    {
        var sources = ImportSource.Find(paths).Select(one => one.Kind == Kind.Pm2Program ? (Kind.Pm2, Evaluate(one.Source, line)) : one).ToList();
        var conversion = new Conversion(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/", report, InheritedEnvironment.Find);
        ImportSource.Convert(sources, conversion, line.Options.GetValueOrDefault("env"));
        var count = conversion.Services.Count;
        if (count == 0)
        {
            Say(report, line);
            return Terminal.Fail(ExitCode.Failed, $"{string.Join(", ", paths)}: there is nothing in it that could be run");
        }
        // There may be secrets in it, so only those may read it who could read all sources.
        var mode = sources.Aggregate(Readable, (mode, one) => mode & File.GetUnixFileMode(one.Item2.Path));
        return Write(file, ConfigurationText.Of(conversion.Services, string.Join(", ", sources.Select(one => one.Item2.Name)), InstalledSchema), mode, $" with {count} service{(count == 1 ? "" : "s")}", report, line);
    }

    private static Source Evaluate(Source source, CommandLine line) => line.Has("run")
        ? NodeProgram.Evaluate(source)
        : throw new InvalidDataException($"{source.Path}: is a program, which node has to run for it to say anything; --run has that done, with your rights");

    private static int Write(string file, string text, UnixFileMode mode, string what, Report report, CommandLine line)
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
        var result = ConfigurationReader.Load(file);
        report.Say(result.Problems);
        Say(report, line);
        var supervisor = file == "supervisor.json" ? "supervisor" : $"supervisor -c {file}";
        return Terminal.Print($"""
            {file} is written{what}. Next{(result.Value is null ? ", once what is said above is put right" : "")}:
              {supervisor} check
              {supervisor} up
              {supervisor} status

            """);
    }

    private static int FailAsThere(string file) =>
        Terminal.Fail(ExitCode.Failed, $"{file}: is there already; remove it, or name another with -c FILE");

    private static void Say(Report report, CommandLine line)
    {
        foreach (var text in report.Lines(line.Has("verbose")))
            Standard.Error(text);
    }
}
