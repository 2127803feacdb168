using System.Text.Json.Serialization;
using Supervisor.Kernel;

namespace Supervisor.State;

/// <summary>What <c>state.json</c> holds.</summary>
/// <param name="Version">Of this format.</param>
/// <param name="BootId">Of the boot it was written in. In any other, all its processes are gone.</param>
/// <param name="Services">Those with a process.</param>
internal sealed record StateDocument(int Version, string BootId, IReadOnlyList<StateEntry> Services)
{
    /// <summary>What stands for these services.</summary>
    public static StateDocument Of(string bootId, IReadOnlyList<ServiceRecord> services) => new(1, bootId,
    [
        .. from service in services
           let pid = PidOf(service.State.Phase)
           where pid is not null
           select new StateEntry(service.Name, pid.Value, service.StartTime),
    ]);

    private static int? PidOf(Phase phase) => phase switch
    {
        Phase.Running running => running.Pid,
        Phase.Stopping stopping => stopping.Pid,
        _ => null,
    };
}

/// <summary>One process.</summary>
/// <param name="Name">Of its service.</param>
/// <param name="Pid">Its id.</param>
/// <param name="StartTime">Its start time, in the system's own raw unit.</param>
internal sealed record StateEntry(string Name, int Pid, string? StartTime);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StateDocument))]
internal sealed partial class StateJson : JsonSerializerContext;
