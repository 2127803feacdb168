using System.Globalization;
using System.Text;

namespace Supervisor.Daemon.Supervision;

/// <summary>
/// Runs <c>alert_cmd</c>, posts to <c>alert_url</c> and asks for <c>heartbeat_url</c>, each in a child with a time limit. Notices of one
/// service keep their order; those of different services do not wait for each other, up to a bound.
/// </summary>
internal sealed class Alerts(SupervisorConfig initial, CommandRunner commands, Chronicle chronicle, TimeProvider time)
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long the end of this program, or its replacement, waits for those that are under way.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly List<AlertNotice> waiting = [];
    private readonly HashSet<string> busy = [];
    private SupervisorConfig config = initial;
    private Uri? beating;
    private Uri? failing;

    /// <summary>Whether nothing is under way that would be missed. A heartbeat is not.</summary>
    public bool IsIdle => busy.Count == 0 && waiting.Count == 0;

    /// <summary>From here on they are sent as this configuration says.</summary>
    public void Reconfigure(SupervisorConfig edited) => config = edited;

    /// <summary>Sends a notice.</summary>
    public void Send(AlertNotice notice)
    {
        chronicle.Tell(new(time.GetUtcNow(), notice.Service, notice.Event, notice.Message) { Restart = notice.Restarts });
        if (config.AlertCmd.IsEmpty && config.AlertUrl is null)
            return;
        waiting.Add(notice);
        Deliver(AtOnce);
    }

    /// <summary>There is no time to wait for each other: all that wait are begun with. They go on by themselves.</summary>
    public void Hurry()
    {
        busy.Clear();
        while (waiting.Count > 0)
        {
            Deliver(int.MaxValue);
            busy.Clear();
        }
    }

    /// <summary>Asks for <c>heartbeat_url</c>, unless that is under way. A failure is told once, and so is its end. The URL is never told: often it is all that is secret.</summary>
    public void Beat(Uri url)
    {
        if (beating == url)
            return;
        beating = url;
        commands.Run(HelperProgram.Get(url, Patience), Patience, end =>
        {
            beating = beating == url ? null : beating;
            var reason = Reason(end, "supervisor-https");
            if (reason is null && failing is not null)
                chronicle.Tell(chronicle.About("heartbeat_recovered", "the heartbeat gets through again"));
            if (reason is not null && failing != url)
                chronicle.Tell(chronicle.About("heartbeat_failed", $"heartbeat_url could not be reached: {reason}") with { Reason = reason });
            failing = reason is null ? null : url;
        }, keepsOutput: true);
    }

    /// <summary>Begins with all whose turn it is.</summary>
    private void Deliver(int most)
    {
        for (var i = 0; i < waiting.Count && busy.Count < most;)
            if (busy.Add(waiting[i].Service))
            {
                var notice = waiting[i];
                waiting.RemoveAt(i);
                Deliver(notice);
            }
            else
                i++;
    }

    private void Deliver(AlertNotice notice)
    {
        var ways = 1;
        if (!config.AlertCmd.IsEmpty)
        {
            ways++;
            Run("alert_cmd", config.AlertCmd[0], Command(notice), Launcher.WhyNot(config.AlertCmd, Path.GetDirectoryName(config.File)!, []));
        }
        if (config.AlertUrl is { } url)
        {
            ways++;
            Run("alert_url", "supervisor-https", HelperProgram.Post(url, Encoding.UTF8.GetString(Body(notice, time.GetUtcNow()).Span), Patience), "");
        }
        Done();

        void Run(string way, string program, SpawnRequest? request, string notFound)
        {
            if (request is null)
                OnEnd(new(null, notFound));
            else
                commands.Run(request, Patience, OnEnd, keepsOutput: way == "alert_url");

            void OnEnd(CommandEnd end)
            {
                if (Reason(end, program) is { } reason)
                    chronicle.Tell(new(time.GetUtcNow(), notice.Service, "alert_failed", $"{way} did not deliver '{notice.Event}': {reason}") { Reason = reason });
                Done();
            }
        }

        void Done()
        {
            if (--ways > 0)
                return;
            busy.Remove(notice.Service);
            Deliver(AtOnce);
        }
    }

    /// <summary>Why it came to nothing; null if it did not.</summary>
    private static string? Reason(CommandEnd end, string program) => end switch
    {
        { IsLate: true } => $"it did not end within {Wording.Duration(Patience)}",
        { Error: { } error } => error,
        { Status.Success: true } => null,
        { Output.Length: > 0 } => end.Output,
        _ => $"{program} {end.Status}",
    };

    private SpawnRequest? Command(AlertNotice notice) => Launcher.Of(config.AlertCmd, Path.GetDirectoryName(config.File)!,
    [
        new("SUPERVISOR_EVENT", notice.Event),
        new("SUPERVISOR_SERVICE", notice.Service),
        new("SUPERVISOR_RESTARTS", $"{notice.Restarts}"),
        new("SUPERVISOR_MESSAGE", notice.Message),
        new("SUPERVISOR_TEXT", TextOf(notice)),
        new("SUPERVISOR_HOST", Environment.MachineName),
        new("SUPERVISOR_AT", time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)),
    ]);

    /// <summary>What chat hooks show.</summary>
    private static string TextOf(AlertNotice notice) => $"{notice.Service} on {Environment.MachineName}: {notice.Message}";

    private static ReadOnlyMemory<byte> Body(AlertNotice notice, DateTimeOffset at) => JsonExtensions.Object(writer =>
    {
        writer.WriteString("text", TextOf(notice));
        writer.WriteString("event", notice.Event);
        writer.WriteString("service", notice.Service);
        writer.WriteNumber("restarts", notice.Restarts);
        writer.WriteString("message", notice.Message);
        writer.WriteString("host", Environment.MachineName);
        writer.WriteString("at", at);
    });
}

/// <summary>What the people in charge are told.</summary>
/// <param name="Event"><c>alert</c> or <c>recovered</c>.</param>
/// <param name="Service">Of which service.</param>
/// <param name="Restarts">Restarts in a row.</param>
/// <param name="Message">All of it in a sentence.</param>
internal sealed record AlertNotice(string Event, string Service, int Restarts, string Message);
