namespace Supervisor.Os;

/// <summary>
/// <c>supervisor-https</c>, which lies beside this program: TLS and the resolution of names, as a child. So the supervisor itself
/// links neither, and no name server can hold it up. URLs reach it by its environment or by a socket, never by its arguments,
/// which everybody can read.
/// </summary>
public static class HelperProgram
{
    private const string Name = "supervisor-https";

    /// <summary>Where it lies: beside the path by which this program was called, or beside the file itself.</summary>
    public static string Path
    {
        get
        {
            var called = Beside(ProgramPath.OnDisk);
            return File.Exists(called) || Environment.ProcessPath is not { } file ? called : Beside(file);
        }
    }

    /// <summary>One that asks for a URL, and ends.</summary>
    public static SpawnRequest Get(Uri url, TimeSpan patience) => Of("get", patience, new() { ["SUPERVISOR_URL"] = url.AbsoluteUri });

    /// <summary>One that posts JSON to a URL, and ends.</summary>
    public static SpawnRequest Post(Uri url, string body, TimeSpan patience) => Of("post", patience, new() { ["SUPERVISOR_URL"] = url.AbsoluteUri, ["SUPERVISOR_BODY"] = body });

    /// <summary>One that stays, and checks what it is asked to by a socket.</summary>
    public static SpawnRequest Check(int socket) => Of("check", TimeSpan.Zero, []) with { ExtraDescriptor = socket };

    private static string Beside(string program) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(program) ?? "/", Name);

    private static SpawnRequest Of(string mode, TimeSpan patience, Dictionary<string, string> variables)
    {
        if (patience > TimeSpan.Zero)
            variables["SUPERVISOR_PATIENCE_MS"] = $"{patience.TotalMilliseconds:0}";
        return new() { Path = Path, Argv = [Name, mode], Variables = [.. variables], WorkingDir = "/" };
    }
}
