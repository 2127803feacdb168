namespace Dispatch;

/// <summary>The command line: what the daemon is called, where it listens, and how it shall misbehave.</summary>
internal sealed record Options
{
    private const string Usage = "usage: dispatch NAME PORT [--option [VALUE]]... (PORT 0 or -: no HTTP)";

    private const string Known =
        "--start-delay, --stop-delay, --exit-after, --code, --crash-after, --unhealthy-after, --unhealthy-for, "
        + "--hang, --ignore-term, --fork, --log-rate, --log-count";

    public required string Name { get; init; }

    /// <summary>Where it answers HTTP on 127.0.0.1; 0 if it does not.</summary>
    public required int Port { get; init; }

    /// <summary>How long it runs before it listens.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>How long it takes to obey SIGTERM or SIGINT.</summary>
    public TimeSpan StopDelay { get; init; }

    /// <summary>When it exits by itself, counted from its start; null for never.</summary>
    public TimeSpan? ExitAfter { get; init; }

    /// <summary>The code of that exit.</summary>
    public int Code { get; init; }

    /// <summary>When it dies by SIGABRT, counted from its start; null for never.</summary>
    public TimeSpan? CrashAfter { get; init; }

    /// <summary>How many answers are good before the bad ones; null if not said.</summary>
    public int? UnhealthyAfter { get; init; }

    /// <summary>How many answers are then bad; null if not said.</summary>
    public int? UnhealthyFor { get; init; }

    /// <summary>Whether it accepts connections and never answers.</summary>
    public bool Hang { get; init; }

    /// <summary>Whether it ignores SIGTERM.</summary>
    public bool IgnoreTerm { get; init; }

    /// <summary>Whether it starts a child that ignores SIGTERM.</summary>
    public bool Fork { get; init; }

    /// <summary>Numbered lines a second, 0 for as many as it can; null if not said.</summary>
    public int? LogRate { get; init; }

    /// <summary>How many numbered lines; null if not said.</summary>
    public int? LogCount { get; init; }

    /// <exception cref="FormatException">The arguments are not as they should be.</exception>
    public static Options Parse(string[] args)
    {
        if (args.Length < 2)
            throw new FormatException(Usage);

        var options = new Options { Name = args[0], Port = args[1] == "-" ? 0 : Value.Port(args[1]) };
        for (var next = 2; next < args.Length;)
            options = options.With(args, ref next);
        return options;
    }

    private Options With(string[] args, ref int next) => args[next++] switch
    {
        "--start-delay" => this with { StartDelay = Value.Duration(Argument(args, ref next)) },
        "--stop-delay" => this with { StopDelay = Value.Duration(Argument(args, ref next)) },
        "--exit-after" => this with { ExitAfter = Value.Duration(Argument(args, ref next)) },
        "--code" => this with { Code = Value.ExitCode(Argument(args, ref next)) },
        "--crash-after" => this with { CrashAfter = Value.Duration(Argument(args, ref next)) },
        "--unhealthy-after" => this with { UnhealthyAfter = Value.Count(Argument(args, ref next)) },
        "--unhealthy-for" => this with { UnhealthyFor = Value.Count(Argument(args, ref next)) },
        "--hang" => this with { Hang = true },
        "--ignore-term" => this with { IgnoreTerm = true },
        "--fork" => this with { Fork = true },
        "--log-rate" => this with { LogRate = Value.Count(Argument(args, ref next)) },
        "--log-count" => this with { LogCount = Value.Count(Argument(args, ref next)) },
        var unknown => throw new FormatException($"unknown option {unknown}; known are {Known}"),
    };

    private static string Argument(string[] args, ref int next) =>
        next < args.Length ? args[next++] : throw new FormatException($"{args[next - 1]} needs a value");
}
