namespace Supervisor.Daemon;

/// <summary>Tells the people in charge.</summary>
internal interface IAlerts
{
    /// <summary>Sends a notice. Never blocks and never throws.</summary>
    void Send(AlertNotice notice);

    /// <summary>From here on it is sent as this configuration says.</summary>
    void Reconfigure(SupervisorConfig config);
}

/// <summary>What they are told.</summary>
/// <param name="Event"><c>alert</c> or <c>recovered</c>.</param>
/// <param name="Service">Of which service.</param>
/// <param name="Restarts">Restarts in a row.</param>
/// <param name="Message">All of it in a sentence.</param>
internal sealed record AlertNotice(string Event, string Service, int Restarts, string Message);
