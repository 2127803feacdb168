using System.Reflection;

namespace Supervisor.Tests.Https;

/// <summary>The program as it stands beside the supervisor, and the environment that it is run in here.</summary>
internal static class HttpsProgram
{
    public static string File { get; } = Path.GetFullPath(
        typeof(HttpsProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Https").Value!);

    /// <summary>What our own environment says on whom to trust and which proxy to take.</summary>
    public static IEnumerable<string> Disturbing => Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name =>
        name.StartsWith("SSL_CERT_", StringComparison.Ordinal) || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase));
}
