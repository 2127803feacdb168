using System.Text.Json;

namespace Supervisor.Tests.Alerts;

/// <summary>Whatever becomes of one notice, the next one is delivered.</summary>
public sealed class AlertsTests
{
    private static readonly AlertNotice Alert = new("alert", "a", 11, "alert: restarted 11 times in a row; still trying");
    private static readonly AlertNotice Recovered = new("recovered", "a", 11, "recovered: it is back");
    private static readonly SupervisorConfig Silent = new() { File = "/f.json", LogDir = "/", StateDir = "/", Services = [] };
    private static readonly SupervisorConfig ByCommand = Silent with { AlertCmd = ["/bin/sh", "-c", "mail"] };
    private static readonly SupervisorConfig ByUrl = Silent with { AlertUrl = new("https://hooks.example/secret") };

    [Fact]
    public void A_notice_is_an_event_even_if_it_is_sent_nowhere()
    {
        var bureau = new Bureau(Silent);
        bureau.Alerts.Send(Alert);
        Assert.Equal(("alert", "a", 11), Assert.Single(bureau.World.Events.All) is var told ? (told.Event, told.Service, told.Restart!.Value) : default);
        Assert.True(bureau.Alerts.IsIdle);
        Assert.Empty(bureau.World.Children);
    }

    [Fact]
    public void A_command_is_told_what_has_happened()
    {
        var bureau = new Bureau(ByCommand);
        bureau.Alerts.Send(Alert);
        var command = Assert.Single(bureau.Running);
        Assert.Equal(("alert", "a", "11", Alert.Message), (command.Variable("SUPERVISOR_EVENT"), command.Variable("SUPERVISOR_SERVICE"), command.Variable("SUPERVISOR_RESTARTS"), command.Variable("SUPERVISOR_MESSAGE")));
        Assert.Equal(($"a on {Environment.MachineName}: {Alert.Message}", Environment.MachineName), (command.Variable("SUPERVISOR_TEXT"), command.Variable("SUPERVISOR_HOST")));
        Assert.True(DateTimeOffset.TryParse(command.Variable("SUPERVISOR_AT"), System.Globalization.CultureInfo.InvariantCulture, out _));
        Assert.False(bureau.Alerts.IsIdle);
        bureau.End(command);
        Assert.True(bureau.Alerts.IsIdle);
        Assert.Empty(bureau.Failures);
    }

    [Fact]
    public void A_URL_is_sent_JSON_by_a_child_that_has_the_URL_from_its_environment_alone()
    {
        var bureau = new Bureau(ByUrl);
        bureau.Alerts.Send(Alert);
        var post = Assert.Single(bureau.Running);
        Assert.Equal(["supervisor-https", "post"], post.Request.Argv);
        Assert.Equal(("https://hooks.example/secret", "30000"), (post.Variable("SUPERVISOR_URL"), post.Variable("SUPERVISOR_PATIENCE_MS")));
        var body = JsonElement.Parse(post.Variable("SUPERVISOR_BODY")!);
        Assert.Equal(("alert", "a", 11, Alert.Message), (body.GetProperty("event").GetString(), body.GetProperty("service").GetString(), body.GetProperty("restarts").GetInt32(), body.GetProperty("message").GetString()));
        Assert.EndsWith(Alert.Message, body.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_fails_swallows_neither_its_failure_nor_the_next_notice()
    {
        var bureau = new Bureau(ByCommand);
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        bureau.End(Assert.Single(bureau.Running), code: 1);
        Assert.Equal(["alert_cmd did not deliver 'alert': /bin/sh exited with code 1"], bureau.Failures);
        Assert.Equal("recovered", Assert.Single(bureau.Running).Variable("SUPERVISOR_EVENT"));
    }

    [Fact]
    public void A_command_that_cannot_be_found_is_told_each_time()
    {
        var bureau = new Bureau(Silent with { AlertCmd = ["no-such-program"] });
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        Assert.Equal(["alert", "recovered"], bureau.Failures.Select(text => text.Split('\'')[1]));
        Assert.All(bureau.Failures, text => Assert.Contains("': no executable 'no-such-program' in any folder of PATH (", text, StringComparison.Ordinal));
        Assert.True(bureau.Alerts.IsIdle);
    }

    [Fact]
    public void A_command_that_hangs_is_killed_after_30_seconds_and_the_next_notice_follows()
    {
        var bureau = new Bureau(ByCommand);
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        var first = Assert.Single(bureau.Running);
        bureau.Pass(29.9);
        Assert.Equal([first], bureau.Running);
        bureau.Pass(0.1);
        Assert.True(first.WasKilled);
        Assert.Equal(["alert_cmd did not deliver 'alert': it did not end within 30s"], bureau.Failures);
        Assert.Equal("recovered", Assert.Single(bureau.Running).Variable("SUPERVISOR_EVENT"));
    }

    /// <summary>No processes are to be had, for one.</summary>
    [Fact]
    public void An_error_of_any_kind_does_not_swallow_the_next_notice()
    {
        var bureau = new Bureau(ByUrl);
        bureau.World.Trouble = "supervisor-https: Resource temporarily unavailable";
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        Assert.Equal(["alert", "recovered"], bureau.Failures.Select(text => text.Split('\'')[1]));
        Assert.True(bureau.Alerts.IsIdle);
    }

    [Fact]
    public void A_server_that_refuses_is_told_in_the_child_s_words_and_the_next_notice_follows()
    {
        var bureau = new Bureau(ByUrl);
        bureau.World.Saying = "HTTP 500\n";
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        foreach (var _ in new[] { Alert, Recovered })
            bureau.End(Assert.Single(bureau.Running), code: 1);
        Assert.Equal(["alert_url did not deliver 'alert': HTTP 500", "alert_url did not deliver 'recovered': HTTP 500"], bureau.Failures);
        Assert.All(bureau.World.Told, text => Assert.DoesNotContain("secret", text));
    }

    [Fact]
    public void The_next_notice_of_a_service_waits_until_both_ways_of_the_first_are_done()
    {
        var bureau = new Bureau(ByUrl with { AlertCmd = ByCommand.AlertCmd });
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        Assert.Equal(2, bureau.Running.Count);
        bureau.End(bureau.Running[0]);
        Assert.Single(bureau.Running);
        bureau.End(bureau.Running[0]);
        Assert.Equal(2, bureau.Running.Count);
        Assert.Equal("recovered", bureau.Running[0].Variable("SUPERVISOR_EVENT"));
    }

    [Fact]
    public void Notices_of_one_service_keep_their_order_and_those_of_others_do_not_wait_for_them()
    {
        var bureau = new Bureau(ByCommand);
        foreach (var number in Enumerable.Range(1, 3))
            bureau.Alerts.Send(Alert with { Restarts = number });
        bureau.Alerts.Send(Alert with { Service = "b", Restarts = 4 });
        Assert.Equal(["1", "4"], Restarts(bureau));
        bureau.End(bureau.Running[0]);
        Assert.Equal(["4", "2"], Restarts(bureau));
        bureau.End(bureau.Running[0]);
        bureau.End(bureau.Running[0]);
        Assert.Equal(["3"], Restarts(bureau));
        bureau.End(bureau.Running[0]);
        Assert.True(bureau.Alerts.IsIdle);
    }

    [Fact]
    public void Eight_are_delivered_at_once_and_the_next_as_soon_as_one_is_done()
    {
        var bureau = new Bureau(ByCommand);
        foreach (var number in Enumerable.Range(1, 20))
            bureau.Alerts.Send(Alert with { Service = $"s{number}", Restarts = number });
        Assert.Equal(Enumerable.Range(1, 8).Select(number => $"{number}"), Restarts(bureau));
        for (var done = 1; done <= 12; done++)
        {
            bureau.End(bureau.Running[0]);
            Assert.Equal(8, bureau.Running.Count);
        }
        Assert.Equal("20", Restarts(bureau)[^1]);
        while (bureau.Running.Count > 0)
        {
            Assert.False(bureau.Alerts.IsIdle);
            bureau.End(bureau.Running[0]);
        }
        Assert.True(bureau.Alerts.IsIdle);
        Assert.Equal(20, bureau.World.Children.Count);
    }

    [Fact]
    public void When_there_is_no_time_all_that_wait_are_begun_with()
    {
        var bureau = new Bureau(ByCommand);
        foreach (var number in Enumerable.Range(1, 20))
            bureau.Alerts.Send(Alert with { Service = $"s{number % 10}", Restarts = number });
        Assert.Equal(8, bureau.Running.Count);
        bureau.Alerts.Hurry();
        Assert.Equal(Enumerable.Range(1, 20), Restarts(bureau).Select(number => int.Parse(number!)).Order());
        bureau.Alerts.Hurry();
        Assert.Equal(20, bureau.World.Children.Count);
    }

    [Fact]
    public void When_there_is_no_time_even_what_cannot_be_begun_with_is_done_with()
    {
        var bureau = new Bureau(ByCommand);
        foreach (var number in Enumerable.Range(1, 20))
            bureau.Alerts.Send(Alert with { Service = $"s{number % 10}" });
        bureau.World.Trouble = "no";
        bureau.Alerts.Hurry();
        Assert.Equal(12, bureau.Failures.Count());
    }

    [Fact]
    public void From_another_configuration_on_they_are_sent_as_that_says()
    {
        var bureau = new Bureau(ByCommand);
        bureau.Alerts.Send(Alert);
        bureau.Alerts.Send(Recovered);
        bureau.Alerts.Reconfigure(ByUrl);
        bureau.End(bureau.Running[0]);
        Assert.Equal("supervisor-https", Assert.Single(bureau.Running).Request.Argv[0]);
        bureau.Alerts.Reconfigure(Silent);
        bureau.Alerts.Send(Alert);
        Assert.Single(bureau.Running);
    }

    private static IReadOnlyList<string?> Restarts(Bureau bureau) => [.. bureau.Running.Select(child => child.Variable("SUPERVISOR_RESTARTS"))];
}
