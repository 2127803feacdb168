using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Supervisor.Tests;

/// <summary>References go one way: between assemblies as docs/design.md draws them, and between the namespaces of the daemon.</summary>
public sealed class ArrowTests
{
    private static readonly Architecture Daemon = new ArchLoader().LoadAssemblies(System.Reflection.Assembly.Load("Supervisor.Daemon")).Build();

    [Theory]
    [InlineData("Supervisor.Kernel")]
    [InlineData("Supervisor.Os")]
    [InlineData("Supervisor.Configuration", "Supervisor.Kernel", "Supervisor.Os")]
    [InlineData("Supervisor.Protocol", "Supervisor.Kernel", "Supervisor.Os")]
    [InlineData("Supervisor.Daemon", "Supervisor.Kernel", "Supervisor.Os", "Supervisor.Configuration", "Supervisor.Protocol")]
    [InlineData("Supervisor.Client", "Supervisor.Kernel", "Supervisor.Os", "Supervisor.Configuration", "Supervisor.Protocol")]
    [InlineData("Supervisor.Converters", "Supervisor.Kernel", "Supervisor.Os", "Supervisor.Configuration")]
    [InlineData("supervisor-web", "Supervisor.Client", "Supervisor.Configuration", "Supervisor.Os", "Supervisor.Protocol")]
    public void An_assembly_refers_only_to_those_beneath_it(string assembly, params string[] beneath)
    {
        var references = System.Reflection.Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Supervisor.", StringComparison.Ordinal));
        Assert.Empty(references.Except(beneath));
    }

    /// <summary>From the bottom up; those of one line do not know each other either.</summary>
    [Theory]
    [InlineData("Polling", "Checks", "Storage", "Logs", "Supervision", "Control")]
    [InlineData("Checks", "Storage", "Logs", "Supervision", "Control")]
    [InlineData("Storage", "Checks", "Logs", "Supervision", "Control")]
    [InlineData("Logs", "Checks", "Storage", "Supervision", "Control")]
    [InlineData("Supervision", "Logs", "Control")]
    [InlineData("Control", "Checks", "Storage", "Logs")]
    public void A_namespace_of_the_daemon_knows_none_above_it(string name, params string[] unknown)
    {
        foreach (var other in unknown.Select(other => $"Supervisor.Daemon.{other}").Append("Supervisor.Daemon"))
        {
            var rule = Types().That().ResideInNamespace($"Supervisor.Daemon.{name}").Should().NotDependOnAny(Types().That().ResideInNamespace(other));
            Assert.True(rule.HasNoViolations(Daemon), $"{name} knows {other}: {string.Join("; ", rule.Evaluate(Daemon).Where(result => !result.Passed).Select(result => result.Description))}");
        }
    }

    /// <summary>A rule about types that are not there holds of anything.</summary>
    [Fact]
    public void The_namespaces_are_there() => Assert.Equal(
        ["Checks", "Control", "Logs", "Polling", "Storage", "Supervision"],
        Daemon.Types.Select(type => type.Namespace.FullName).Where(name => name.StartsWith("Supervisor.Daemon.", StringComparison.Ordinal)).Select(name => name["Supervisor.Daemon.".Length..]).Distinct().Order());
}
