using CsCheck;

namespace Supervisor.Tests.Configuration;

/// <summary>
/// Configurations to judge: of each key right and wrong values, and values that belong to other keys. Not among them is what
/// NJsonSchema judges otherwise than JSON Schema does: whole numbers written 3.0 or 3e0, which draft 7 counts as integers, and
/// text that ends in a line feed, before which $ matches in .NET and not in ECMAScript.
/// </summary>
internal static class SchemaCorpus
{
    private static readonly string[] s_anything =
    [
        "null", "true", "false", "0", "1", "-1", "0.5", "0.001", "0.0005", "1000", "1001", "65535", "65536", "1000000", "1000001",
        "3600000000", "3600000001", "[]", "{}", "[[]]", "[1]", "[\"\"]", "[\"/bin/sh\"]", "[\"/bin/sh\", \"\"]",
        "[\"/bin/sh\", null]", "[\"/bin/sh\", \"\\u0000\"]", "[\"\\u0000\"]", "\"\"", "\"x\"", "\".\"", "\"/\"", "\"a\\u0000\"", "\"ä\"",
    ];

    private static readonly string[] s_durations =
    [
        "\"0s\"", "\"0ms\"", "\"0.5ms\"", "\"0.999ms\"", "\"1ms\"", "\"01ms\"", "\"0h0m0.001s\"", "\"0h0.0m0ms\"", "\"250ms\"", "\"2s\"",
        "\"1.5s\"", "\"1m30s\"", "\"1h\"", "\"1m5ms\"", "\"2d\"", "\"0d0s\"", "\"1d12h\"", "\"12h1d\"", "\"1w\"", "\"999999.999h\"", "\"999999.999d\"", "\"1000000d\"", "\"1000000h\"", "\"1.0001s\"", "\"1.s\"", "\".1s\"", "\"1s1m\"",
        "\"1s1s\"", "\"-1s\"", "\" 1s\"", "\"1S\"", "\"1\"", "\"s\"", "\"１s\"", "0.25", "2.5", "-0.001",
    ];

    private static readonly string[] s_sizes =
    [
        "\"1KB\"", "\"0KB\"", "\"512KB\"", "\"50MB\"", "\"1GB\"", "\"050MB\"", "\"999999GB\"", "\"1000000KB\"", "\"1.5MB\"", "\"50 MB\"",
        "\"50mb\"", "\"50M\"", "\"50\"", "\"KB\"", "\"-1KB\"", "\"1TB\"", "\"1KBMB\"", "\"１KB\"", "1023", "1024", "1073740750258176", "1073740750258177",
    ];

    private static readonly string[] s_urls =
    [
        "\"http://x\"", "\"https://x:1/y?z#a\"", "\"http://[::1]:80/\"", "\"http://ä/ö\"", "\"http:x\"", "\"http://\"", "\"http:///x\"",
        "\"ftp://x\"", "\"HTTP://x\"", "\"//x\"", "\"http://x y\"", "\"http://x/\\u0001\"", "\"http://u@x\"", "\"http://u:p@x/\"", "\"http://x/@\"",
    ];

    private static readonly string[] s_paths = ["\"/health\"", "\"/x?y=1&z\"", "\"/ä\"", "\"health\"", "\"/a b\"", "\"/\\u00a0\"", "\"/\\u0085\"", "\"/\\nx\""];

    private static readonly string[] s_words =
    [
        "\"always\"", "\"on-failure\"", "\"no\"", "\"never\"", "\"Always\"", "\"SIGTERM\"", "\"SIGWINCH\"", "\"TERM\"", "\"sigterm\"", "\"SIGFOO\"", "\"GET\"", "\"HEAD\"", "\"POST\"", "\"get\"",
    ];

    private static readonly string[] s_objects =
        ["{\"A\": \"b\"}", "{\"A\": \"\"}", "{\"A\": 1}", "{\"A\": null}", "{\"\": \"x\"}", "{\"A=B\": \"x\"}", "{\"A\\u0000\": \"x\"}", "{\"A\": \"\\u0000\"}", "{\"ä b\": \"x\"}"];

    private static readonly string[] s_launch =
    [
        "\"022\"", "\"0777\"", "\"8\"", "\"1777\"", "\"7777\"", "\"00000\"", "-20", "-21", "19", "20", "4294967295", "4294967296", "\"root\"", "\"0\"", "\"/dev/null\"", "[\"/dev/null\"]",
        "{\"core\": 0}", "{\"core\": \"unlimited\"}", "{\"core\": \"1\"}", "{\"core\": [0, 1]}", "{\"core\": [2, 1]}", "{\"core\": [0]}", "{\"core\": null}", "{\"core\": 0.5}", "{\"CORE\": 0}",
    ];

    private static readonly string[] s_all = [.. s_launch, .. s_anything, .. s_durations, .. s_sizes, .. s_urls, .. s_paths, .. s_words, .. s_objects];

    private static readonly string[] s_names = ["a", "9", "web.v1", "A_b-c", new('x', 63), new('x', 64), "", "-a", ".a", "../etc", "a b", "ä"];

    // One good value for each key, so that many a configuration is valid.
    private static readonly Dictionary<string, string> s_good = new()
    {
        ["$schema"] = "\"./supervisor.schema.json\"",
        ["include"] = "[\"/none/*.json\"]",
        ["log_dir"] = "\"logs\"",
        ["state_dir"] = "\"state\"",
        ["alert_cmd"] = "[\"/bin/sh\"]",
        ["alert_url"] = "\"http://x/\"",
        ["control_group"] = "0",
        ["heartbeat_url"] = "\"http://x/\"",
        ["heartbeat_interval"] = "\"5m\"",
        ["cmd"] = "[\"/bin/sh\", \"-c\"]",
        ["working_dir"] = "\"/\"",
        ["environment"] = "{\"A\": \"b\"}",
        ["instances"] = "2",
        ["env_file"] = "[\"/dev/null\"]",
        ["user"] = "0",
        ["group"] = "\"root\"",
        ["umask"] = "\"022\"",
        ["limits"] = "{\"core\": 0, \"nofile\": [100, 200]}",
        ["nice"] = "5",
        ["health_port"] = "8091",
        ["health_path"] = "\"/health\"",
        ["health_url"] = "\"http://y/\"",
        ["health_insecure"] = "true",
        ["health_method"] = "\"HEAD\"",
        ["health_tcp"] = "6379",
        ["health_cmd"] = "[\"/bin/sh\"]",
        ["memory_max"] = "\"512MB\"",
        ["health_interval"] = "\"2s\"",
        ["health_timeout"] = "1",
        ["health_retries"] = "3",
        ["health_start_period"] = "0",
        ["restart"] = "\"on-failure\"",
        ["backoff_initial"] = "\"1s\"",
        ["backoff_max"] = "\"1m\"",
        ["backoff_reset"] = "0",
        ["alert_after"] = "10",
        ["stop_signal"] = "\"SIGINT\"",
        ["stop_timeout"] = "\"1m\"",
        ["before_restart_cmd"] = "[\"/bin/sh\"]",
        ["before_restart_timeout"] = "\"5s\"",
        ["depends_on"] = "[]",
        ["restart_dependents"] = "true",
        ["autostart"] = "false",
        ["log_max_size"] = "\"1MB\"",
        ["log_keep"] = "2",
        ["log_compress"] = "true",
    };

    private static readonly string[] s_topKeys = [.. SupervisorKeys.All.Names.Except(["services", "defaults"]), "colour"];

    private static readonly string[] s_serviceKeys = [.. ServiceKeys.OfService.Names, "colour", "user"];

    private static readonly Gen<string> s_name = Gen.Frequency((9, Gen.Const("a")), (1, Gen.OneOf(s_names)));

    private static readonly Member s_cmd = new("cmd", s_good["cmd"]);

    /// <summary>Configurations of several keys, many of them with something wrong.</summary>
    public static Gen<string> Configuration { get; } = Gen.Select(
        Members(s_topKeys, 2), Members(s_serviceKeys, 3), Members(s_serviceKeys, 4), s_name,
        (top, defaults, service, name) => Document(top, defaults.Where(member => member.Key != "cmd"), name, [.. service, s_cmd]));

    /// <summary>Each key with each value, one at a time.</summary>
    public static IEnumerable<string> EveryValueOfEveryKey() =>
    [
        .. s_names.Select(name => Document([], [], name, [s_cmd])),
        .. Product(s_topKeys).Select(member => Document([member], [], "a", [s_cmd])),
        .. Product(s_serviceKeys).Select(member => Document([], [member], "a", [s_cmd])),
        .. Product(s_serviceKeys).Select(member => Document([], [], "a", [member, s_cmd])),
    ];

    private static IEnumerable<Member> Product(string[] keys) => keys.SelectMany(key => s_all.Select(value => new Member(key, value)));

    private static Gen<Member[]> Members(string[] keys, int most) =>
        Gen.OneOf(keys).SelectMany(key => Value(key).Select(value => new Member(key, value))).Array[0, most];

    private static Gen<string> Value(string key) => s_good.TryGetValue(key, out var good)
        ? Gen.Frequency((9, Gen.Const(good)), (1, Gen.OneOf(s_all)))
        : Gen.OneOf(s_all);

    private static string Document(IEnumerable<Member> top, IEnumerable<Member> defaults, string name, IEnumerable<Member> service) =>
        Object([.. top, new("defaults", Object(defaults)), new("services", Object([new(name, Object(service))]))]);

    private static string Object(IEnumerable<Member> members) =>
        $"{{{string.Join(", ", members.DistinctBy(member => member.Key).Select(member => $"\"{member.Key}\": {member.Value}"))}}}";

    private sealed record Member(string Key, string Value);
}
