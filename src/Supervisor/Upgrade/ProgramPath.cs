using Supervisor.Configuration;

namespace Supervisor.Upgrade;

/// <summary>Where this program lies on disk, and its successor will.</summary>
internal static class ProgramPath
{
    /// <summary>
    /// The path by which it was called, if it leads to this program: that of a link to the version in use, perhaps, which
    /// an upgrade turns to another one. Else that of the file itself. Looked up before anybody replaces either.
    /// </summary>
    public static string OnDisk { get; private set; } = "";

    /// <summary>Looks it up.</summary>
    /// <exception cref="InvalidOperationException">The system does not say.</exception>
    public static void Note()
    {
        var file = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not say where this program lies");
        var called = ExecutableLookup.Find(Environment.GetCommandLineArgs()[0], Environment.CurrentDirectory, Environment.GetEnvironmentVariable("PATH"));
        OnDisk = called is not null && IsSame(called, file) ? called : file;
    }

    private static bool IsSame(string path, string file)
    {
        try
        {
            return (File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) == file;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
