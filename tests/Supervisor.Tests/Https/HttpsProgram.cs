using System.Reflection;

namespace Supervisor.Tests.Https;

/// <summary>The program as it stands beside the supervisor, and the environment that it is run in here.</summary>
internal static class HttpsProgram
{
    public static string File { get; } = Path.GetFullPath(
        typeof(HttpsProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Https").Value!);

    /// <summary>Our own, without a word on whom to trust or which proxy to take.</summary>
    public static string[] Environment(params (string Name, string Value)[] more) => InheritedEnvironment.With(
        InheritedEnvironment.Read().Where(variable => !variable.StartsWith("SSL_CERT_", StringComparison.Ordinal)
            && !variable.Split('=')[0].EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)),
        more.ToDictionary(variable => variable.Name, variable => variable.Value));
}
