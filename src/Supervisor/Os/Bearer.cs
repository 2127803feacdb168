namespace Supervisor.Os;

/// <summary>A living process that carries our <see cref="Mark"/>.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="StartTime">Its start time, in the system's own raw unit.</param>
/// <param name="Age">How long it has been running.</param>
/// <param name="Group">Its process group.</param>
/// <param name="IsLeader">Whether it leads a session of its own, as every process does that the supervisor starts; so may a descendant of one.</param>
/// <param name="Service">The service that it was started for, or descends from.</param>
/// <param name="Generation">The how manieth process of that service it is, or descends from.</param>
internal sealed record Bearer(int Pid, string StartTime, TimeSpan Age, int Group, bool IsLeader, string Service, int Generation);
