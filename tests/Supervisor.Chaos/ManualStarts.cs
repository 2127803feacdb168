using System.Collections.Concurrent;
using System.IO.Enumeration;

namespace Supervisor.Chaos;

/// <summary>How many starts and restarts were asked for, by name or glob.</summary>
internal sealed class ManualStarts
{
    private readonly ConcurrentDictionary<string, int> asked = new();

    /// <summary>Notes a call before it is made.</summary>
    public void Note(Call call)
    {
        if (call.Method is "start" or "restart")
            asked.AddOrUpdate(call.Name ?? "*", 1, (_, count) => count + 1);
    }

    /// <summary>The calls that this service was among.</summary>
    public int Of(string service) => asked.Where(pair => FileSystemName.MatchesSimpleExpression(pair.Key, service, ignoreCase: false)).Sum(pair => pair.Value);
}
