using System.Reflection;

namespace Supervisor.EndToEnd.Tests;

/// <summary>The programs under test.</summary>
internal static class Programs
{
    /// <summary>The supervisor: the one named by $TESTED_SUPERVISOR, such as a native one, else what the build made.</summary>
    public static string Supervisor { get; } = Environment.GetEnvironmentVariable("TESTED_SUPERVISOR") is { Length: > 0 } binary
        ? Path.GetFullPath(binary)
        : Metadata("Supervisor");

    /// <summary>Whether the supervisor is one file that starts in no time.</summary>
    public static bool IsNative { get; } = !File.Exists(Supervisor + ".dll");

    /// <summary>The obedient daemon of samples/dispatch.</summary>
    public static string Dispatch { get; } = Metadata("Dispatch");

    /// <summary>The sample configuration.</summary>
    public static string SampleConfiguration { get; } = Metadata("Samples");

    /// <summary>Puts a copy of the supervisor, with all that it needs, into a folder, and gives its path there.</summary>
    public static string CopySupervisor(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in IsNative ? [Supervisor] : Directory.GetFiles(Path.GetDirectoryName(Supervisor)!))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Path.Combine(folder, Path.GetFileName(Supervisor));
    }

    private static string Metadata(string key) =>
        Path.GetFullPath(typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!);
}
