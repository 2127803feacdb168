namespace Supervisor.Tests.Configuration;

/// <summary>Several services of one definition.</summary>
public sealed class InstancesTests
{
    [Fact]
    public void Each_has_a_name_a_number_and_a_port_of_its_own()
    {
        var services = Read.Valid("""
            {"defaults": {"environment": {"D": "d${INSTANCE:-}"}},
             "services": {"worker": {"cmd": ["/bin/sh", "--id=${INSTANCE}"], "instances": 3, "health_port": 9000}, "last": {"cmd": ["/bin/sh"]}}}
            """).Services;

        Assert.Equal(["worker-1", "worker-2", "worker-3", "last"], services.Select(service => service.Spec.Name));
        Assert.Equal(["--id=1", "--id=2", "--id=3"], services[..3].Select(service => service.Cmd[1]));
        Assert.Equal([9001, 9002, 9003], services[..3].Select(service => service.HealthUrl!.Port));
        Assert.Equal(["d1", "d2", "d3", "d"], services.Select(service => service.Environment["D"]));
        Assert.Equal(["worker", "worker", "worker", null], services.Select(service => service.Definition));
    }

    [Theory]
    [InlineData("\"instances\": 0", "1:54: services.a.instances: must be a whole number from 1 to 1000, not 0")]
    [InlineData("\"instances\": \"2\"", "1:54: services.a.instances: must be a whole number from 1 to 1000, not '2'")]
    [InlineData("\"instances\": 3, \"health_port\": 65533", "1:72: services.a.health_port: is too high for instance 3, which would be checked on port 65536; the highest is 65535")]
    [InlineData("\"instances\": 2, \"health_url\": \"http://x\"", "1:71: services.a.health_url: http://x is checked by service a-1 already; each service needs an endpoint of its own")]
    public void What_cannot_be_is_told(string keys, string line) =>
        Assert.Equal([line], Read.ServiceProblems(keys));

    [Fact]
    public void No_instance_may_have_the_name_of_another_service()
    {
        Assert.Equal(
            ["1:58: services.a-2: would be a second service named a-2, beside that of a; rename one of them"],
            Read.Problems("""{"services": {"a": {"cmd": ["/bin/sh"], "instances": 2}, "a-2": {"cmd": ["/bin/sh"]}}}"""));
        Assert.Contains("would not be a service name", Assert.Single(Read.Problems("""{"services": {"NAME": {"cmd": ["/bin/sh"], "instances": 1}}}""".Replace("NAME", new('x', 62), StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Logs_are_found_by_the_names_of_the_instances()
    {
        using var folder = new TempFolder();
        var file = folder.Write("s.json", """{"services": {"a": {"instances": 2}, "b": {}}}""");

        Assert.Equal(["a-1", "a-2", "b"], Read.ValueOf(ConfigurationReader.LogsOf(file)).Names);
    }

    [Fact]
    public void What_is_wanted_of_a_definition_is_wanted_of_each_of_its_instances()
    {
        var app = Read.Valid("""{"services": {"w": {"cmd": ["/bin/sh"], "restart": "no", "instances": 2}, "app": {"cmd": ["/bin/sh"], "depends_on": {"w": "completed"}}}}""").Services[2].Spec;

        Assert.Equal(["w-1", "w-2"], app.DependsOn);
        Assert.Equal([Condition.Completed, Condition.Completed], app.DependsOn.Select(name => app.Conditions[name]));
    }
}
