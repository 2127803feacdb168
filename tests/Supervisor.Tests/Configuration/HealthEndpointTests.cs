namespace Supervisor.Tests.Configuration;

public sealed class HealthEndpointTests
{
    [Theory]
    [InlineData("\"health_port\": 80", "\"health_port\": 80", "2:49: services.b.health_port")]
    [InlineData("\"health_port\": 80", "\"health_port\": 80, \"health_path\": \"/health\"", "2:49: services.b.health_port")]
    [InlineData("\"health_port\": 80", "\"health_url\": \"http://127.0.0.1:80/health\"", "2:48: services.b.health_url")]
    [InlineData("\"health_port\": 80", "\"health_url\": \"http://LOCALHOST/health\"", "2:48: services.b.health_url")]
    public void Belongs_to_one_service(string first, string second, string place)
    {
        var line = Assert.Single(Problems(first, second));
        Assert.StartsWith($"{place}: http://", line);
        Assert.EndsWith("/health is checked by service a already; each service needs an endpoint of its own", line);
    }

    [Theory]
    [InlineData("\"health_port\": 80", "\"health_port\": 81")]
    [InlineData("\"health_port\": 80", "\"health_port\": 80, \"health_path\": \"/b\"")]
    [InlineData("\"health_port\": 80", "\"health_url\": \"http://example.org/health\"")]
    public void Differs_by_host_port_or_path(string first, string second) => Assert.Empty(Problems(first, second));

    [Fact]
    public void From_defaults_is_reported_at_the_second_service() => Assert.Equal(
        ["3:6: services.b: http://127.0.0.1:80/health is checked by service a already; each service needs an endpoint of its own"],
        Read.Problems("""
            {"defaults": {"health_port": 80}, "services": {
            "a": {"cmd": ["/bin/sh"]},
            "b": {"cmd": ["/bin/sh"]}}}
            """));

    [Theory]
    [InlineData("\"health_port\": 80", "contradicts the health_url in defaults; give this service a health_url of its own, or move that one")]
    [InlineData("\"health_path\": \"/x\"", "contradicts the health_url in defaults; give this service a health_url of its own, or move that one")]
    public void By_port_contradicts_a_default_url(string keys, string message) =>
        Assert.EndsWith(message, Assert.Single(Read.Problems(
            """{"defaults": {"health_url": "http://x"}, "services": {"a": {"cmd": ["/bin/sh"], """ + keys + "}}}")));

    [Fact]
    public void A_port_that_accepts_belongs_to_one_service_too() => Assert.Equal(
        ["2:48: services.b.health_tcp: port 80 is checked by service a already; each service needs an endpoint of its own"],
        Problems("\"health_tcp\": 80", "\"health_tcp\": 80"));

    [Fact]
    public void A_command_is_told_whom_it_checks_so_several_services_may_have_it() =>
        Assert.Empty(Problems("\"health_cmd\": [\"/bin/sh\"]", "\"health_cmd\": [\"/bin/sh\"]"));

    [Fact]
    public void Of_another_kind_contradicts_the_one_in_defaults() => Assert.Equal(
        ["2:21: services.a.health_tcp: stands beside health_port (in defaults), but a service has one kind of health check; keep one of them"],
        Read.Problems("""
            {"defaults": {"health_port": 80}, "services": {
            "a": {"health_tcp": 81, "cmd": ["/bin/sh"]}}}
            """));

    private static string[] Problems(string first, string second) => Read.Problems(
        """{"services": {"a": {"cmd": ["/bin/sh"], """ + first + "},\n\"b\": {\"cmd\": [\"/bin/sh\"],        " + second + "}}}");
}
