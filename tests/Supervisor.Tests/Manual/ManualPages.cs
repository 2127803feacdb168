using System.Text;
using System.Text.Json.Nodes;

namespace Supervisor.Tests.Manual;

/// <summary>The manual pages, in mdoc(7), made from the tables that <c>--help</c> and the JSON schema are made from.</summary>
internal static class ManualPages
{
    private const string Date = "November 26, 2026";

    /// <summary>supervisor(1).</summary>
    public static string OfCommands()
    {
        var page = new Page("SUPERVISOR 1");
        page.Line(".Sh NAME").Line(".Nm supervisor ,").Line(".Nm supervisor-https").Line(".Nd run, watch and restart the daemons of one machine");
        page.Line(".Sh SYNOPSIS").Line(".Nm supervisor").Line(".Op Fl c Ar FILE").Line(".Op Ar VERB").Line(".Op Ar NAME ...").Line(".Op Ar options");
        page.Line(".Sh DESCRIPTION").Line(".Nm");
        page.Text("starts a set of daemons, watches that each lives and answers its health check, and restarts the dead and the hung with a delay that doubles. It never gives up. The daemons stand in a file, which is described in");
        page.Line(".Xr supervisor.json 5 .");
        page.Line(".Pp").Text("Without a verb it runs in the foreground. Every other verb asks the running supervisor over a Unix socket. A name may be a glob, such as 'worker-*'.");
        page.Line(".Pp").Line(".Nm supervisor-https").Text("is run by the supervisor itself, for checks by https, for checks of other machines, and for alerts and heartbeats. It has no options for people.");
        page.Line(".Pp").Text("The verbs are:").Line(".Bl -tag -width Ds");
        foreach (var verb in Verb.All.Where(verb => !verb.IsHidden))
        {
            page.Line($".It Ic {verb.Name}{Arguments(verb)}").Text(Sentence(verb.Summary));
            var own = verb.ShownOptions.Where(option => !Option.Common.Contains(option.Name)).ToList();
            if (own.Count > 0)
                page.Text($"It takes {string.Join(", ", own.Select(option => $"--{option.Name}"))}.");
        }
        page.Line(".El").Line(".Pp").Text("The options are:").Line(".Bl -tag -width Ds");
        foreach (var option in Option.All.Where(option => !option.IsHidden))
        {
            var value = option.Value is null ? "" : $" Ar {option.Value.Replace("...", " ...", StringComparison.Ordinal)}";
            page.Line($".It {(option.Short is { } letter ? $"Fl {letter} , " : "")}Fl -{option.Name}{value}").Text(Sentence(option.Summary));
        }
        page.Line(".El");
        page.Line(".Sh ENVIRONMENT").Line(".Bl -tag -width Ds").Line(".It Ev SUPERVISOR_CONFIG").Text("The configuration, where no -c names one.")
            .Line(".It Ev NO_COLOR").Text("If it is set, nothing is coloured.").Line(".It Ev PATH").Text("Where the programs of services are looked up.").Line(".El");
        page.Line(".Sh FILES").Line(".Bl -tag -width Ds")
            .Line(".It Pa ./supervisor.json").Text("The configuration.")
            .Line(".It Pa logs/NAME.log").Text("What the service NAME writes, beside the configuration unless log_dir says otherwise.")
            .Line(".It Pa .supervisor/").Text("The control socket, the saved state and the events, beside the configuration unless state_dir says otherwise.").Line(".El");
        page.Line(".Sh EXIT STATUS").Line(".Bl -tag -width Ds")
            .Line(".It 0").Text("Done. For status: every service that should be up is up and well.")
            .Line(".It 1").Text("It failed or timed out. For status: something that should be up is not.")
            .Line(".It 2").Text("The usage or the configuration is wrong.")
            .Line(".It 3").Text("No supervisor is running for this configuration.").Line(".El");
        page.Line(".Sh EXAMPLES").Text("Write a configuration, run it in the background, and look at it:")
            .Line(".Bd -literal -offset indent").Line("supervisor init").Line("supervisor up -d").Line("supervisor status").Line(".Ed")
            .Line(".Pp").Text("Have systemd start it at boot:")
            .Line(".Bd -literal -offset indent").Line("supervisor -c /srv/app/supervisor.json install systemd --write").Line(".Ed");
        return page.Line(".Sh SEE ALSO").Line(".Xr supervisor.json 5").ToString();
    }

    /// <summary>supervisor.json(5).</summary>
    public static string OfConfiguration(string schemaText)
    {
        var schema = JsonNode.Parse(schemaText)!;
        var page = new Page("SUPERVISOR.JSON 5");
        page.Line(".Sh NAME").Line(".Nm supervisor.json").Line(".Nd the daemons that supervisor runs");
        page.Line(".Sh DESCRIPTION").Text("One JSON file names the daemons that").Line(".Xr supervisor 1").Text("starts and watches. Comments and trailing commas are allowed. Every problem is reported at once, with its line and column, by");
        page.Line(".Ic supervisor check .");
        page.Line(".Bd -literal -offset indent").Line("{").Line("  \"services\": {").Line("    \"web\": {").Line("      \"cmd\": [\"./web\", \"--port\", \"8080\"],").Line("      \"health_port\": 8080").Line("    }").Line("  }").Line("}").Line(".Ed");
        page.Line(".Pp").Text("The variable NAME of the environment stands for ${NAME} in any text, and $$ for a dollar sign. A duration is a number of seconds, or text such as 250ms, 2s, 1m30s, 1h or 2d. A size is a number of bytes, or text such as 512KB, 50MB or 1GB.");
        page.Line(".Ss The top level");
        Keys(page, schema, SupervisorKeys.All.Names, schema["properties"]!);
        page.Line(".Ss A service").Text("All but cmd and instances may also stand in defaults. With null a service takes back what defaults gave.");
        Keys(page, schema, ServiceKeys.OfService.Names, schema["definitions"]!["settings"]!["properties"]!);
        return page.Line(".Sh FILES").Line(".Bl -tag -width Ds").Line(".It Pa ./supervisor.json").Text("The configuration, unless -c or SUPERVISOR_CONFIG names another.").Line(".El")
            .Line(".Sh SEE ALSO").Line(".Xr supervisor 1").Line(".Pp").Text("The JSON schema, for editors: supervisor schema.").ToString();
    }

    private static void Keys(Page page, JsonNode schema, IEnumerable<string> names, JsonNode properties)
    {
        page.Line(".Bl -tag -width Ds");
        foreach (var name in names)
        {
            var key = properties[name] ?? throw new InvalidOperationException($"the schema has no {name}");
            page.Line($".It Cm {Page.Escape(name)}").Text((string)key["description"]!);
            if (Kind(schema, key) is { } kind)
                page.Text($"Value: {kind}.");
            if (key["default"] is { } value)
                page.Text($"Default: {(value.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : value.ToJsonString())}");
        }
        page.Line(".El");
    }

    /// <summary>What may stand there, in words; null where the description says it all.</summary>
    private static string? Kind(JsonNode schema, JsonNode key)
    {
        if (key["enum"] is JsonArray words)
            return string.Join(", ", words.Select(word => (string)word!));
        if (key["minimum"] is { } least && key["maximum"] is { } most)
            return $"{least} to {most}";
        if ((string?)key["$ref"] is { } reference)
        {
            return reference.Split('/')[^1] switch
            {
                "positiveDuration" => "a duration of at least 1ms",
                "duration" => "a duration",
                "size" => "a size",
                "path" => "a path",
                "url" => "a URL",
                "command" => "an array, the program and its arguments",
                "identity" => "a name or a number",
                _ => null,
            };
        }
        if (key["anyOf"] is JsonArray any)
            return Kind(schema, any[0]!);
        if (key["allOf"] is JsonArray all)
            return Kind(schema, all[0]!);
        if (key["oneOf"] is JsonArray one)
            return string.Join(", or ", one.Select(each => Kind(schema, each!)));
        if ((string?)key["type"] == "array" && key["items"] is { } items && items is JsonObject && Kind(schema, items) is { } item)
            return $"an array, each {item}";
        return key["type"] is JsonValue type && (string?)type == "boolean" ? "true or false" : null;
    }

    private static string Arguments(Verb verb) => verb.Names switch
    {
        NamesRule.None or NamesRule.Files => "",
        NamesRule.Optional => " Op Ar NAME ...",
        NamesRule.One => " Ar NAME",
        NamesRule.OneAndCommand => " Ar NAME No -- Ar COMMAND ...",
        NamesRule.NamesOrAll => $" Ar NAME ... | Fl -all{(verb.Choosing is null ? "" : $" Ar {verb.Choosing}")}",
        NamesRule.Choice => $" {string.Join(" | ", verb.Choices.Select(choice => $"Cm {choice}"))}",
        NamesRule.Verb => " Op Ar VERB",
    };

    private static string Sentence(string summary) => char.ToUpperInvariant(summary[0]) + summary[1..] + (summary.EndsWith('.') ? "" : ".");

    /// <summary>A page under way.</summary>
    private sealed class Page
    {
        private const int Width = 78;

        private readonly StringBuilder text = new();

        public Page(string title) => Line(@".\"" Made from the tables of the program: see CONTRIBUTING.md.").Line($".Dd {Date}").Line($".Dt {title}").Line(".Os");

        /// <summary>A line of mdoc.</summary>
        public Page Line(string line)
        {
            text.Append(line).Append('\n');
            return this;
        }

        /// <summary>Text. Each sentence begins a line, and no line is longer than mandoc likes.</summary>
        public Page Text(string words)
        {
            foreach (var sentence in words.Replace(". ", ".\n", StringComparison.Ordinal).Split('\n'))
            {
                var line = "";
                foreach (var word in sentence.Split(' ').Select(Escape))
                {
                    if (line.Length + 1 + word.Length > Width)
                    {
                        Line(line);
                        line = "";
                    }
                    line += line.Length > 0 ? $" {word}" : word[0] is '.' or '\'' ? $@"\&{word}" : word;
                }
                Line(line);
            }
            return this;
        }

        public static string Escape(string words) => words.Replace(@"\", @"\e", StringComparison.Ordinal).Replace("-", @"\-", StringComparison.Ordinal);

        public override string ToString() => text.ToString();
    }
}
