namespace Supervisor.Os;

/// <summary>Measures groups of processes.</summary>
internal interface IGroupMeter
{
    /// <summary>What each of these groups uses, by its id; without those that could not be measured. Never throws.</summary>
    Task<IReadOnlyDictionary<int, GroupUsage>> MeasureAsync(IReadOnlyCollection<int> groups);
}

/// <summary>The real one: elsewhere than on the caller's thread, for a machine may have many thousands of processes.</summary>
internal sealed class GroupMeter : IGroupMeter
{
    private GroupMeter()
    {
    }

    public static GroupMeter Instance { get; } = new();

    public async Task<IReadOnlyDictionary<int, GroupUsage>> MeasureAsync(IReadOnlyCollection<int> groups)
    {
        try
        {
            return await Task.Run(() => GroupUsage.Of(groups)).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Whatever it was, it says nothing about the groups.
            return new Dictionary<int, GroupUsage>();
        }
    }
}
