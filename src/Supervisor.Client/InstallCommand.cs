namespace Supervisor.Client;

/// <summary><c>install</c>: the file that has systemd or launchd guard a supervisor of this configuration.</summary>
internal static class InstallCommand
{
    public static int Run(CommandLine line)
    {
        if (CheckCommand.Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        var order = new GuardOrder(
            line.Options.GetValueOrDefault("name", "dispatch-supervisor"),
            ProgramPath.OnDisk,
            config.File,
            Environment.GetEnvironmentVariable("PATH") ?? "",
            StopAllowance.Seconds(config),
            line.Has("user"));
        if (new[] { order.Program, order.ConfigFile, order.SearchPath }.FirstOrDefault(text => text.Any(char.IsControl)) is { } odd)
            return Terminal.Fail(ExitCode.Failed, $"'{Printable.Escape(odd)}' cannot stand in a unit, as it contains a control character");
        var forSystemd = line.Names.Single() == "systemd";
        var unit = forSystemd ? SystemdUnit.For(order) : LaunchdJob.For(order);
        if (unit.Rivals.FirstOrDefault(rival => rival != unit.Path && Path.Exists(rival)) is { } rival)
            return Terminal.Fail(ExitCode.Failed, $"{rival}: is another unit of this name; choose another --name");
        if (!line.Has("write"))
            return Terminal.Print(unit.Content);
        return forSystemd == OperatingSystem.IsMacOS()
            ? Terminal.Fail(ExitCode.Failed, $"--write: this system has no {line.Names.Single()}; without --write the unit is printed")
            : Write(unit);
    }

    private static int Write(GuardUnit unit)
    {
        try
        {
            return UnitFile.Write(unit.Path, unit.Content)
                ? Terminal.Print($"{unit.Path} is written. Next:\n{string.Concat(unit.Commands.Select(command => $"  {command}\n"))}")
                : Terminal.Fail(ExitCode.Failed, $"{unit.Path}: is there already, with other content; compare it with what is printed without --write, then remove it, or choose another --name");
        }
        catch (UnauthorizedAccessException)
        {
            return Terminal.Fail(ExitCode.Failed, $"{unit.Path}: cannot be written: permission denied; run it as root, or with --user for a unit of your own");
        }
        catch (IOException e)
        {
            return Terminal.Fail(ExitCode.Failed, $"{unit.Path}: cannot be written: {e.Message}");
        }
    }
}
