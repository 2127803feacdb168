namespace Supervisor.Loop;

/// <summary>Something that happened, as it is told on stderr.</summary>
/// <param name="At">When.</param>
/// <param name="Service">To which service; null for the supervisor itself.</param>
/// <param name="Event">What, in one word: <c>started</c>, <c>exited</c>, <c>alert</c>.</param>
/// <param name="Text">What explains it, in words.</param>
internal sealed record EventRecord(DateTimeOffset At, string? Service, string Event, string Text);

/// <summary>Where events go. Never blocks and never throws: the loop must not wait for a terminal or a disk.</summary>
internal interface IEventSink
{
    void Write(EventRecord record);
}
