namespace Supervisor.Configuration;

/// <summary>Who depends on whom, followed to the end. There is no recursion: a chain may be longer than a stack.</summary>
public static class DependencyOrder
{
    /// <summary>These, and whatever they depend on, which comes before them.</summary>
    /// <param name="chosen">Where to begin.</param>
    /// <param name="dependencies">What one depends on.</param>
    /// <param name="onCycle">Hears of each that is its own dependency: the way round, which ends with the one it began with.</param>
    public static IReadOnlyList<T> Of<T>(IEnumerable<T> chosen, Func<T, IEnumerable<T>> dependencies, Action<IReadOnlyList<T>>? onCycle = null)
        where T : notnull
    {
        var (order, done) = (new List<T>(), new HashSet<T>());
        var path = new OrderedDictionary<T, IEnumerator<T>>();
        foreach (var one in chosen)
        {
            Enter(one);
            while (path.Count > 0)
            {
                var (item, rest) = path.GetAt(path.Count - 1);
                if (rest.MoveNext())
                {
                    Enter(rest.Current);
                }
                else
                {
                    path.RemoveAt(path.Count - 1);
                    done.Add(item);
                    order.Add(item);
                }
            }
        }
        return order;

        void Enter(T item)
        {
            if (path.IndexOf(item) is >= 0 and var start)
                onCycle?.Invoke([.. path.Keys.Skip(start), item]);
            else if (!done.Contains(item))
                path.Add(item, dependencies(item).GetEnumerator());
        }
    }
}
