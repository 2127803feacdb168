using System.Runtime.CompilerServices;
using System.Text;

namespace Supervisor.Simulation;

/// <summary>What is wrong, put into words only if something is: invariants are looked at far more often than they are broken.</summary>
[InterpolatedStringHandler]
internal readonly ref struct Objection
{
    private readonly StringBuilder? words;

    public Objection(int literalLength, int formattedCount, bool holds, out bool isRaised)
    {
        isRaised = !holds;
        words = holds ? null : new(literalLength + formattedCount);
    }

    public void AppendLiteral(string text) => words!.Append(text);

    public void AppendFormatted<T>(T value) => words!.Append(value);

    public override string ToString() => $"{words}";
}
