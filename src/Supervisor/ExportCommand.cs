namespace Supervisor;

/// <summary><c>export</c>: the same services for another engine on stdout, and what that cannot do on stderr.</summary>
internal static class ExportCommand
{
    public static int Run(CommandLine line)
    {
        var (engine, image) = (line.Names.Single(), line.Options.GetValueOrDefault("image"));
        if (engine == "kubernetes" != image is not null || image is { Length: 0 })
            return Terminal.Fail(ExitCode.Usage, engine == "kubernetes" ? "'export kubernetes' needs --image NAME: the image that has the programs" : $"'export {engine}' takes no --image");
        if (CheckCommand.Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        var report = new Report();
        var text = Export.To(engine, config, report, image).Text();
        foreach (var said in report.Lines(line.Has("verbose")))
            Standard.Error(said);
        return Terminal.Print(text);
    }
}
