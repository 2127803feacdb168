using System.Text;

namespace Supervisor.Cli;

/// <summary>The help pages.</summary>
internal static class Help
{
    /// <summary>All verbs and options.</summary>
    public static string Overview()
    {
        var text = new StringBuilder("Starts a set of daemons, watches that each lives and answers its health check, and restarts the dead and the hung.\n\n");
        text.Append("usage: supervisor [-c FILE] [VERB] [NAME...] [options]\n\nverbs:\n");
        foreach (var verb in Verb.All.Where(verb => !verb.IsHidden))
            text.Append($"  {verb.Name,-12}{verb.Summary}\n");
        text.Append("\noptions:\n");
        foreach (var option in Option.All.Where(option => !option.IsHidden))
            text.Append(Line(option));
        return text.Append("\nNAME may be a glob: 'worker-*'.\nexit codes: 0 done, 1 failed or timed out, 2 usage or configuration error, 3 no supervisor is running\n").ToString();
    }

    /// <summary>One verb.</summary>
    public static string Of(Verb verb)
    {
        var text = new StringBuilder($"usage: {verb.Usage}\n\n{verb.Summary}\n\noptions:\n");
        foreach (var option in verb.ShownOptions)
            text.Append(Line(option));
        return text.ToString();
    }

    private static string Line(Option option)
    {
        var written = $"{(option.Short is { } letter ? $"-{letter}, " : "    ")}--{option.Name}{(option.Value is null ? "" : $" {option.Value}")}";
        return $"  {written,-24}{option.Summary}\n";
    }
}
