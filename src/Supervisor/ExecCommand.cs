using System.Collections.Immutable;
using Supervisor.Daemon.Supervision;

namespace Supervisor;

/// <summary><c>exec</c>: becomes a command that has what the service's process would have, but for its mark, its log and its session. Needs no running supervisor.</summary>
internal static class ExecCommand
{
    public static int Run(CommandLine line)
    {
        if (CheckCommand.Load(line.ConfigFile) is not { } config)
            return (int)ExitCode.Usage;
        if (config.Services.Where(service => service.Definition == line.Names[0]).Select(service => service.Spec.Name).ToList() is { Count: > 0 } instances)
            return Terminal.Fail(ExitCode.Usage, $"'{line.Names[0]}' has instances; name one of {string.Join(", ", instances)}");
        var service = config.Services.FirstOrDefault(service => service.Spec.Name == line.Names[0])
            ?? throw KnownNames.Unknown(line.Names[0], config.Services.Select(service => service.Spec.Name));
        // The last words of ours, whose bytes the runtime may have taken for text.
        ImmutableArray<string> cmd = [.. ProgramPath.Words[^(line.Names.Count - 1)..]];
        if (Launcher.Of(cmd, service.WorkingDir, [.. service.Environment]) is { } request)
            return ChainLoader.Become(service.Terms, request);
        Standard.Error($"supervisor: could not be started: {Launcher.WhyNot(service, cmd)}");
        return cmd[0].Contains('/') && FileOwner.Exists(AbsolutePath.Resolve(cmd[0], service.WorkingDir)) ? ChainLoader.CannotExecute : ChainLoader.NotFound;
    }
}
