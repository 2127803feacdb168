namespace Supervisor.Simulation;

/// <summary>
/// Randomness that depends on nothing but its seed (SplitMix64). A thing's dice are made from the scenario's seed and
/// the thing's own name, so that leaving out one thing does not change the fate of the others.
/// </summary>
internal struct Dice(ulong seed)
{
    private ulong state = seed;

    /// <summary>Dice for something that is told apart by two numbers.</summary>
    public static Dice For(ulong seed, int a, int b) => new(new Dice(seed ^ ((ulong)(uint)a << 32) ^ (uint)b).Next());

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 up to, but not including, <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>From <paramref name="low"/> up to and including <paramref name="high"/>.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>One of these.</summary>
    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    /// <summary>Times between events that come with no memory: many short, few long.</summary>
    public long Exponential(long mean) => Math.Max(1, (long)(-Math.Log(1 - ((Next() >> 11) * (1.0 / (1UL << 53)))) * mean));
}
