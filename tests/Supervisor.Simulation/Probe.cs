using Supervisor.Kernel;

namespace Supervisor.Simulation;

/// <summary>A probe under way.</summary>
/// <param name="Process">Which process it was meant for.</param>
/// <param name="AskedAt">When it was sent.</param>
/// <param name="Verdict">What it will say.</param>
internal sealed record Probe(SimulatedProcess Process, long AskedAt, Verdict Verdict);
