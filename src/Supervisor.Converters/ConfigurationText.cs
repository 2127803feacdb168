using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Supervisor.Converters;

/// <summary>Configurations as a person would write them: a key a line, what belongs to it beside it.</summary>
internal static class ConfigurationText
{
    /// <summary>A configuration to begin with, which runs as it is.</summary>
    /// <param name="schema">Where the schema is installed: a URL; null if nowhere.</param>
    public static string Example(string? schema) => $$"""
        {
          // Comments and trailing commas are allowed. What is commented out shows what else there is.
          // An editor completes and explains every key{{(schema is null ? " once it has the schema: supervisor schema > supervisor.schema.json" : ", for here is the schema.")}}
          "$schema": {{Quote(schema ?? "./supervisor.schema.json")}},
          "services": {
            // The name of the service, and what to run: the program and its arguments. There is no shell but where you name one.
            "example": {
              "cmd": ["sh", "-c", "echo replace me by a daemon; exec sleep 1000000"],

              // With a health check it is restarted not only when it dies, but also when it hangs: GET
              // http://127.0.0.1:8080/health has to be answered with 200 within a second.
              // "health_port": 8080,
              // "health_path": "/health",
              // "health_start_period": "10s", // until then it may fail

              // Relative paths start from the folder of this file.
              // "working_dir": "example",
              // "environment": { "LOG_LEVEL": "info" },

              // How it is asked to end, and how long it may take until it is killed.
              // "stop_signal": "SIGTERM",
              // "stop_timeout": "10s",
            },
          },
        }

        """;

    /// <summary>A configuration of these services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="source">What they were converted from.</param>
    /// <param name="schema">Where the schema is installed: a URL; null if nowhere.</param>
    public static string Of(IEnumerable<ImportedService> services, string source, string? schema = null)
    {
        var text = new StringBuilder($"{{\n  // Converted from {Printable.Escape(source)}.\n");
        if (schema is not null)
            text.Append($"  \"$schema\": {Quote(schema)},\n");
        text.Append("  \"services\": {\n");
        text.AppendJoin(",\n", services.Select(service =>
            $"    {Quote(service.Name)}: {{\n{string.Join(",\n", InOrder(service).Select(key => $"      {Quote(key.Key)}: {Inline(key.Value!)}"))}\n    }}"));
        return text.Append("\n  }\n}\n").ToString();
    }

    /// <summary>As the documentation has them.</summary>
    private static IEnumerable<KeyValuePair<string, JsonNode?>> InOrder(ImportedService service)
    {
        var names = ServiceKeys.OfService.Names.ToList();
        return service.Keys.OrderBy(key => names.IndexOf(key.Key));
    }

    private static string Inline(JsonNode node) => node switch
    {
        JsonArray array => $"[{string.Join(", ", array.Select(item => Inline(item!)))}]",
        JsonObject value => $"{{ {string.Join(", ", value.Select(member => $"{Quote(member.Key)}: {Inline(member.Value!)}"))} }}",
        _ when node.GetValueKind() == JsonValueKind.String => Quote(node.GetValue<string>()),
        _ => node.ToJsonString(),
    };

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
