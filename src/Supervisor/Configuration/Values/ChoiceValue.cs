using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Supervisor.Configuration.Json;
using Supervisor.Kernel;

namespace Supervisor.Configuration.Values;

/// <summary>Reads a value that is one of a few words.</summary>
internal static class ChoiceValue
{
    private static readonly ImmutableArray<string> s_signals =
        ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGWINCH"];

    /// <summary>True or false.</summary>
    public static bool Flag(Place at, out bool value)
    {
        var given = (at.Node as Node.Literal)?.Value;
        value = given ?? false;
        return given is not null || at.Expected("true or false");
    }

    /// <summary>When to restart.</summary>
    public static bool Restart(Place at, out RestartMode value)
    {
        RestartMode? mode = (at.Node as Node.Text)?.Value switch
        {
            "always" => RestartMode.Always,
            "on-failure" => RestartMode.OnFailure,
            "no" => RestartMode.No,
            _ => null,
        };
        value = mode ?? default;
        return mode is not null || at.Expected("always, on-failure or no");
    }

    /// <summary>How HTTP asks.</summary>
    public static bool Method(Place at, [MaybeNullWhen(false)] out HttpMethod value)
    {
        value = (at.Node as Node.Text)?.Value switch
        {
            "GET" => HttpMethod.Get,
            "HEAD" => HttpMethod.Head,
            _ => null,
        };
        return value is not null || at.Expected("GET or HEAD");
    }

    /// <summary>The name of a signal.</summary>
    public static bool Signal(Place at, [MaybeNullWhen(false)] out string value)
    {
        value = (at.Node as Node.Text)?.Value;
        return (value is not null && s_signals.Contains(value)) || at.Expected($"one of {string.Join(", ", s_signals)}");
    }
}
