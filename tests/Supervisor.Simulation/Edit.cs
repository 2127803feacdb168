namespace Supervisor.Simulation;

/// <summary>How somebody edits the configuration file.</summary>
/// <param name="Service">Which service.</param>
/// <param name="IsToggled">Whether it is taken out, or put back.</param>
/// <param name="IsChanged">Whether it is to be run with something else.</param>
internal sealed record Edit(int Service, bool IsToggled, bool IsChanged);
