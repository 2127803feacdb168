using System.Text.Json;

namespace Supervisor.Chaos;

/// <summary>One service, as <c>status</c> has it.</summary>
internal sealed record ServiceView(string Name, int? Pid, string Status, string? Health, int Restarts, int ConsecutiveRestarts)
{
    /// <summary>Whether it is running and, where checked, healthy.</summary>
    public bool IsWell => Status == "running" && Health is null or "healthy";

    /// <summary>All of an answer.</summary>
    /// <exception cref="IOException">It is an error.</exception>
    public static IReadOnlyList<ServiceView> AllOf(JsonElement answer) => answer.TryGetProperty("result", out var result)
        ? [.. result.GetProperty("services").EnumerateArray().Select(Of)]
        : throw new IOException($"status was answered with {answer}");

    /// <summary>One.</summary>
    public static ServiceView Of(JsonElement service) => new(
        service.GetProperty("name").GetString()!,
        service.GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid ? pid.GetInt32() : null,
        service.GetProperty("status").GetString()!,
        service.GetProperty("health").GetString(),
        service.GetProperty("restarts").GetInt32(),
        service.GetProperty("consecutive_restarts").GetInt32());
}
