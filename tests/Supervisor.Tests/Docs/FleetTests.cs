using System.Diagnostics;
using System.Text;
using k8s;
using k8s.Models;

namespace Supervisor.Tests.Docs;

/// <summary>Holds <c>samples/fleet</c> to what others make of it.</summary>
public sealed class FleetTests
{
    private static readonly string s_folder = Path.Combine(MarkdownFile.Repository, "samples/fleet");

    [Theory]
    [InlineData("daemonset.yaml")]
    [InlineData("sidecar.yaml")]
    public void Kubernetes_knows_every_field_and_the_configuration_in_it_is_right(string file)
    {
        var objects = KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(s_folder, "kubernetes", file)), strict: true);
        Assert.Equal(2, objects.Count);
        var configuration = Assert.IsType<V1ConfigMap>(objects[0]).Data["supervisor.json"];
        Assert.Empty(ConfigurationReader.Parse(Configuration.Read.File, Encoding.UTF8.GetBytes(configuration)).Problems.Where(problem => !problem.IsOfMachine));
        var template = objects[1] switch { V1DaemonSet set => set.Spec.Template, V1Deployment deployment => deployment.Spec.Template, _ => throw new InvalidOperationException() };
        var containers = template.Spec.Containers.Concat(template.Spec.InitContainers ?? []).Where(container => container.Command is not null).ToList();
        Assert.All(containers, container => Assert.Null(Record.Exception(() => CommandLineParser.Parse([.. container.Command.Skip(1)]))));
        Assert.All(containers, container => Assert.Equal(container.VolumeMounts.Select(mount => mount.Name), template.Spec.Volumes.Select(volume => volume.Name)));
    }

    [Theory]
    [InlineData("check config prometheus.yml")]
    [InlineData("test rules alerts.test.yml")]
    public async Task Prometheus_takes_its_files(string arguments)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "promtool"))), "promtool is not installed (Debian: prometheus)");
        using var promtool = Process.Start(new ProcessStartInfo("promtool", arguments) { WorkingDirectory = s_folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(promtool.ExitCode == 0, string.Concat(said));
    }
}
