using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>What must hold between the keys of a service, or between a key and the machine.</summary>
public static class ServiceRules
{
    private static string? OwnPath => InheritedEnvironment.Find("PATH");

    /// <summary>What must hold in <c>defaults</c> as in a service. A problem is reported where its key is given, so once.</summary>
    public static void CheckShared(ServiceDraft draft)
    {
        CheckWorkingDir(draft);
        CheckBackoff(draft);
        HealthRule.CheckConflicts(draft);
        if (draft.Given.Find("before_restart_cmd") is { } cmd)
            CheckProgram(draft, cmd, draft.Config.BeforeRestartCmd);
        if (draft.Given.Find("health_cmd") is { } probe)
            CheckProgram(draft, probe, draft.Config.HealthCmd);
    }

    /// <summary>What must hold in a service alone.</summary>
    public static void CheckService(ServiceDraft draft, Section service)
    {
        if (draft.Given.Find("cmd") is { } cmd)
            CheckProgram(draft, cmd, draft.Config.Cmd);
        else if (draft.Given.AreSound("cmd"))
            service.FailWithout("cmd", """is missing; write for example ["python3", "guardian.py"]""");
        HealthRule.CheckNothingIsIdle(draft);
    }

    private static void CheckWorkingDir(ServiceDraft draft)
    {
        var folder = draft.Config.WorkingDir;
        if (FileOwner.IsFolder(folder))
            return;
        var reason = FileOwner.Exists(folder) ? "is not a folder" : "does not exist";
        draft.Given.Find("working_dir")?.Miss($"{folder} {reason}; name an existing folder");
    }

    private static void CheckBackoff(ServiceDraft draft)
    {
        var (initial, max) = (draft.Config.Spec.BackoffInitial, draft.Config.Spec.BackoffMax);
        if (initial <= max || !draft.Given.AreSound("backoff_initial", "backoff_max"))
            return;
        if (draft.Given.Find("backoff_max") is { } at)
            at.Fail($"must be at least backoff_initial ({Duration.Format(initial)}), not {Duration.Format(max)}");
        else
            draft.Given.Find("backoff_initial")?.Fail(
                $"must be at most backoff_max ({Duration.Format(max)}), not {Duration.Format(initial)}; lower it, or raise backoff_max");
    }

    private static void CheckProgram(ServiceDraft draft, Place at, ImmutableArray<string> cmd)
    {
        // Without its folder or its environment nobody knows where to look.
        var config = draft.Config;
        if (draft.Given.AreSound("working_dir", "environment") && FileOwner.IsFolder(config.WorkingDir))
            CommandRule.Check(at, cmd, config.WorkingDir, config.Environment.GetValueOrDefault("PATH", OwnPath!));
    }
}

/// <summary>A command's program must exist.</summary>
public static class CommandRule
{
    /// <summary>Reports a program that cannot be found.</summary>
    /// <param name="at">The command's array.</param>
    /// <param name="cmd">What stands in it.</param>
    /// <param name="workingDir">The absolute folder it runs in.</param>
    /// <param name="path">The PATH it runs with, or null when it has none.</param>
    public static void Check(Place at, ImmutableArray<string> cmd, string workingDir, string? path)
    {
        if (ExecutableLookup.Find(cmd[0], workingDir, path) is { } program)
            CheckFile(at, program);
        else
            at.Items().First().Miss(ExecutableLookup.WhyNot(cmd[0], workingDir, path));
    }

    private static void CheckFile(Place at, string program)
    {
        if (ProgramFile.Obstacle(program) is { } obstacle)
            at.Items().First().Miss($"{program} {obstacle}");
    }
}
