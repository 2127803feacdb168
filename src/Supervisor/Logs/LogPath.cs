namespace Supervisor.Logs;

/// <summary>Where the log of a service lies.</summary>
internal static class LogPath
{
    public static string Of(string logDir, string service) => Path.Combine(logDir, $"{service}.log");
}
