using System.Diagnostics;
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
        Install(folder, IsNative ? [Supervisor] : Directory.GetFiles(Path.GetDirectoryName(Supervisor)!));
        return Path.Combine(folder, Path.GetFileName(Supervisor));
    }

    /// <summary>Writes a program that everybody may execute.</summary>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        var draft = file + ".draft";
        File.WriteAllBytes(draft, content);
        Install(file, draft);
        File.Delete(draft);
    }

    /// <summary>
    /// Another process writes what is to be executed. What this one has open for writing, a child that it forks at the same moment
    /// holds open until it executes; and a file that is open for writing cannot be executed (ETXTBSY).
    /// </summary>
    private static void Install(string to, params string[] files)
    {
        using var install = Process.Start("install", ["-m", "755", .. files, to]);
        install.WaitForExit();
        if (install.ExitCode != 0)
            throw new IOException($"install ended with {install.ExitCode}");
    }

    private static string Metadata(string key) =>
        Path.GetFullPath(typeof(Programs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!);
}
