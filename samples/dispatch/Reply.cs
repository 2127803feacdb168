namespace Dispatch;

/// <summary>What a request is answered, and what is done once the answer is out.</summary>
internal sealed record Reply(int Status, string Body)
{
    public Action? Then { get; init; }
}
