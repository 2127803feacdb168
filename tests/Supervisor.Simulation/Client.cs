using Supervisor.Daemon.Supervision;

namespace Supervisor.Simulation;

/// <summary>Somebody who asks the supervisor something, and waits for the answer.</summary>
internal sealed class Client
{
    /// <param name="request">What is asked.</param>
    /// <param name="patience">How long there is for the answer, in milliseconds.</param>
    public Client(Request request, long patience = 1_000_000_000_000)
    {
        Patience = patience;
        Question = new(request, null, TimeSpan.FromMilliseconds(patience), reply => Reply = reply);
    }

    public Question Question { get; }

    public long Patience { get; }

    public Request Request => Question.Request;

    /// <summary>The answer; null while there is none.</summary>
    public Reply? Reply { get; private set; }

    /// <summary>Whether the client does not wait any more: it was answered, or it has left.</summary>
    public bool IsOver => Question.IsOver;

    /// <summary>Waits no longer.</summary>
    public void Leave() => Question.Withdraw();
}
