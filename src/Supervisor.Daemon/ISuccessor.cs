namespace Supervisor.Daemon;

/// <summary>The program that is to take this one's place.</summary>
internal interface ISuccessor
{
    /// <summary>Finds out whether it can; the answer comes to the loop as <see cref="Message.SuccessorTried"/>.</summary>
    void Try();
}
