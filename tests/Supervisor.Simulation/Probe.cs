namespace Supervisor.Simulation;

/// <summary>A probe under way.</summary>
/// <param name="Service">Which service.</param>
/// <param name="Process">Which process it was meant for.</param>
/// <param name="Edition">By which edition of the configuration.</param>
/// <param name="AskedAt">When it was sent.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="Verdict">What it will say.</param>
internal sealed record Probe(int Service, SimulatedProcess Process, int Edition, long AskedAt, long Timeout, Verdict Verdict);
