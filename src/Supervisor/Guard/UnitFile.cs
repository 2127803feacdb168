namespace Supervisor.Guard;

/// <summary>Puts a unit where its guard looks for it.</summary>
internal static class UnitFile
{
    private const UnixFileMode ForAllToRead =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes it whole or not at all, and never over anything else.</summary>
    /// <returns>False if something else is there.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static bool Write(string path, string content)
    {
        if (Path.Exists(path))
            return File.Exists(path) && File.ReadAllText(path) == content;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.new";
        try
        {
            File.WriteAllText(draft, content);
            File.SetUnixFileMode(draft, ForAllToRead);
            File.Move(draft, path, overwrite: false);
            return true;
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
