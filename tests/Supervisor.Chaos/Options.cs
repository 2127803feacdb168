namespace Supervisor.Chaos;

/// <summary>The command line.</summary>
/// <param name="Binary">The native supervisor.</param>
/// <param name="Minutes">How long there are faults.</param>
/// <param name="Seed">Of all decisions; the same one gives the same plan.</param>
/// <param name="Services">How many there are.</param>
internal sealed record Options(string Binary, double Minutes, int Seed, int Services)
{
    /// <summary>The options, or null and what is wrong with them.</summary>
    public static Options? Parse(string[] args, out string wrong)
    {
        var options = new Options("", 10, Random.Shared.Next(1, 1_000_000), 50);
        wrong = "";
        for (var i = 0; i < args.Length && wrong == ""; i += 2)
        {
            var (option, value) = (args[i], args.ElementAtOrDefault(i + 1) ?? "");
            options = With(options, option, value) ?? options;
            wrong = With(options, option, value) is null ? $"cannot use {option} {value}" : "";
        }
        wrong = wrong == "" && !File.Exists(options.Binary) ? "--binary must name the native supervisor" : wrong;
        return wrong == "" ? options : null;
    }

    private static Options? With(Options options, string option, string value) => option switch
    {
        "--binary" => options with { Binary = Path.GetFullPath(value) },
        "--minutes" when double.TryParse(value, out var minutes) && minutes is > 0 and <= 1440 => options with { Minutes = minutes },
        "--seed" when int.TryParse(value, out var seed) => options with { Seed = seed },
        "--services" when int.TryParse(value, out var services) && services is >= 5 and <= 500 => options with { Services = services },
        _ => null,
    };
}
