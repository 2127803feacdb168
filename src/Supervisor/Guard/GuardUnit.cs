namespace Supervisor.Guard;

/// <summary>A file that tells a guard how to run the supervisor, and how a person has it do so.</summary>
/// <param name="Path">Where the guard looks for it.</param>
/// <param name="Content">What is in it.</param>
/// <param name="Commands">What to type to have it take effect, and start at every boot.</param>
internal sealed record GuardUnit(string Path, string Content, IReadOnlyList<string> Commands);

/// <summary>What a unit is made of.</summary>
/// <param name="Name">What the guard calls it.</param>
/// <param name="Program">The supervisor's binary.</param>
/// <param name="ConfigFile">The configuration.</param>
/// <param name="SearchPath">PATH, on which the daemons' programs are looked up; a guard's own is not the user's.</param>
/// <param name="StopSeconds">How long a stop may take.</param>
/// <param name="ForUser">Whether it is for the user's own guard rather than the system's.</param>
internal sealed record GuardOrder(string Name, string Program, string ConfigFile, string SearchPath, int StopSeconds, bool ForUser);
