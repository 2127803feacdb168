namespace Supervisor.Simulation;

/// <summary>A probe under way.</summary>
/// <param name="Process">Which process it was meant for.</param>
/// <param name="Edition">By which edition of the configuration.</param>
/// <param name="AskedAt">When it was sent.</param>
/// <param name="Verdict">What it will say.</param>
internal sealed record Probe(SimulatedProcess Process, int Edition, long AskedAt, Verdict Verdict);
