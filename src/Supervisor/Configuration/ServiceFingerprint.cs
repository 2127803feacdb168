using System.Numerics;
using System.Text;

namespace Supervisor.Configuration;

/// <summary>What a process was started with, in few letters, which give nothing away.</summary>
internal static class ServiceFingerprint
{
    /// <summary>Changes with everything that only a restart can change.</summary>
    public static string Of(ServiceConfig service)
    {
        string[] parts = [service.WorkingDir, .. service.Cmd, "", .. service.Environment.Select(variable => $"{variable.Key}={variable.Value}"), .. service.Terms.ToSteps()];
        return Encoding.UTF8.GetBytes(string.Join('\0', parts)).Aggregate(uint.MaxValue, BitOperations.Crc32C).ToString("x8");
    }
}
