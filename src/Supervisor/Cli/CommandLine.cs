using Supervisor.Configuration;

namespace Supervisor.Cli;

/// <summary>What the user asked for.</summary>
internal sealed record CommandLine
{
    /// <summary>The verb; <c>up</c> when none was given.</summary>
    public required Verb Verb { get; init; }

    /// <summary>Service names or globs.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The options given, with their values; those that take none have an empty one.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether an option was given, by its long name without dashes.</summary>
    public bool Has(string option) => Options.ContainsKey(option);

    /// <summary>The configuration file.</summary>
    public string ConfigFile =>
        Options.GetValueOrDefault("config") ?? (Environment.GetEnvironmentVariable("SUPERVISOR_CONFIG") is { Length: > 0 } file ? file : "supervisor.json");

    /// <summary>How many lines to show; null where it was not said.</summary>
    public long? Lines { get; init; }

    /// <summary>How far to look back; null for all the way.</summary>
    public TimeSpan? Since { get; init; }

    /// <summary>How long to wait for the outcome.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The command line makes no sense; the message says why, in one line.</summary>
/// <param name="message">What is wrong, in words; it may quote what was typed.</param>
internal sealed class UsageException(string message) : Exception(Printable.Escape(message));
