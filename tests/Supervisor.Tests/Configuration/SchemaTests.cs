using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CsCheck;
using NJsonSchema;

namespace Supervisor.Tests.Configuration;

/// <summary>Holds <c>supervisor.schema.json</c> and the validator to each other: what one accepts, the other accepts.</summary>
public sealed class SchemaTests
{
    // What no schema can tell: rules that need the file system, the file's text, or more than one key.
    private static readonly string[] s_beyondSchemas =
    [
        "does not exist", "is not a folder", "is not executable", "no executable",
        "would be a socket path",
        "is given twice",
        "beside it", "one kind of health check", "excludes health_port", "contradicts the health_url", "is checked by service",
        "there is no user", "there is no group", "needs root", "is no limit of this system", "all that this system allows", "a soft limit that is not above",
        "is not valid UTF-8", "is not valid JSON", "is a pipe or a device", "is a folder", "is a file, and has to be", "is not NAME=value", "has a quote", "has a first line that", "is a variable that the supervisor sets", "is larger than 1 MB; is it a file", "who could make root run anything",
        "is too high for instance", "would not be a service name", "would be a second service",
        "no service is named", "cannot depend on itself",
        "must be at least backoff_initial", "must be at most backoff_max",
    ];

    private static readonly string s_text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "supervisor.schema.json"));

    private static readonly JsonSchema s_schema = JsonSchema.FromJsonAsync(s_text).GetAwaiter().GetResult();

    private static JsonObject Settings => JsonNode.Parse(s_text)!["definitions"]!["settings"]!["properties"]!.AsObject();

    [Fact]
    public void Both_accept_the_same_generated_configurations()
    {
        var accepted = 0;
        const int Count = 4_000;
        SchemaCorpus.Configuration.Sample(
            json =>
            {
                accepted += IsValid(json) ? 1 : 0;
                AssertAgreement(json);
            },
            iter: Count, threads: 1);
        Assert.InRange(accepted, Count / 10, Count * 9 / 10);
    }

    [Fact]
    public void Both_accept_the_same_of_every_value_for_every_key() =>
        Assert.All(SchemaCorpus.EveryValueOfEveryKey(), AssertAgreement);

    [Theory]
    [InlineData("{}", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("""{"services": {}}""", false)]
    [InlineData("""{"services": {"a": {}}}""", false)]
    [InlineData("""{"services": {"a": null}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}, "defaults": {"cmd": ["/bin/sh"]}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}, "defaults": {"health_path": "/x"}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}, "defaults": {"health_port": 1}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "backoff_initial": 0, "backoff_max": 0}}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "depends_on": ["a", "a"]}}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}, "heartbeat_url": "http://x"}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "instances": 2}}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"]}}, "defaults": {"instances": 2}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "limits": {"nofile": [10, 20], "core": "unlimited", "cpu": 9}}}}""", true)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "limits": {"nofile": [10]}}}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "limits": {"files": 10}}}}""", false)]
    [InlineData("""{"services": {"a": {"cmd": ["/bin/sh"], "limits": {"core": -1}}}}""", false)]
    public void Both_judge_the_whole_alike(string json, bool isValid)
    {
        AssertAgreement(json);
        Assert.Equal(isValid, IsValid(json));
    }

    [Fact]
    public void A_whole_number_may_be_written_with_a_point() =>
        Assert.Equal(3, Read.ValidService("\"health_retries\": 3.0").Spec.HealthRetries);

    [Fact]
    public void Both_know_the_same_keys()
    {
        Assert.Equal(ServiceKeys.OfService.Names, Settings.Select(key => key.Key));
        Assert.Equal(SupervisorKeys.All.Names, JsonNode.Parse(s_text)!["properties"]!.AsObject().Select(key => key.Key));
    }

    [Fact]
    public void Every_key_is_described() => Assert.All(Settings, key => Assert.NotNull(key.Value!["description"]));

    [Fact]
    public void The_schema_names_the_defaults_that_hold()
    {
        var defaults = Settings.Where(key => key.Value!["default"] is not null).Select(key => $"\"{key.Key}\": {key.Value!["default"]!.ToJsonString()}");

        var written = Read.ValidService($"\"health_port\": 1, {string.Join(", ", defaults)}");

        Assert.Empty(written.Environment);
        Assert.Equal(Comparable(Read.ValidService("\"health_port\": 1")), Comparable(written));
    }

    // Records compare collections by identity.
    private static ServiceConfig Comparable(ServiceConfig service) =>
        service with { Cmd = [], Written = ImmutableSortedDictionary<string, string>.Empty, Environment = ImmutableSortedDictionary<string, string>.Empty };

    private static void AssertAgreement(string json) =>
        Assert.True(
            s_schema.Validate(json).Count == 0 == IsValid(json),
            $"{json}\nschema: {string.Join(", ", s_schema.Validate(json))}\nvalidator: {string.Join("\n", Read.Problems(json))}");

    private static bool IsValid(string json) =>
        Read.Problems(json).All(problem => s_beyondSchemas.Any(rule => problem.Contains(rule, StringComparison.Ordinal)));
}
