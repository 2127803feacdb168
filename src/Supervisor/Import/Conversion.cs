using Supervisor.Configuration;

namespace Supervisor.Import;

/// <summary>What has become of another program's configuration so far.</summary>
/// <param name="sourceFolder">The absolute folder of the file that is converted.</param>
/// <param name="targetFolder">The absolute folder of the file that is to be written.</param>
internal sealed class Conversion(string sourceFolder, string targetFolder)
{
    private readonly List<ImportedService> services = [];

    /// <summary>The services, in the order of the source.</summary>
    public IReadOnlyList<ImportedService> Services => services;

    /// <summary>The folder of the file that is converted.</summary>
    public string SourceFolder => sourceFolder;

    /// <summary>Adds a service under a name that is valid, and not taken, and as near as can be.</summary>
    public ImportedService Add(Place at, string name)
    {
        var valid = ValidName(name);
        if (valid != name)
            at.Fail($"is called {Printable.Quote(valid)} now; {ServiceName.Rule}");
        var service = new ImportedService(valid);
        services.Add(service);
        return service;
    }

    /// <summary>Takes a service back that turned out to have nothing to run.</summary>
    public void Remove(ImportedService service) => services.Remove(service);

    /// <summary>A path of the source, as the target has to name it.</summary>
    public string PathOf(string path) => sourceFolder == targetFolder ? path : Path.GetFullPath(path, sourceFolder);

    /// <summary>Has a service run where the source lies, if that is another folder.</summary>
    public void RunInSourceFolder(ImportedService service)
    {
        if (sourceFolder != targetFolder && !service.Keys.ContainsKey("working_dir"))
            service.Keys["working_dir"] = Placeholders.Literal(sourceFolder);
    }

    private string ValidName(string name)
    {
        var start = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-' ? letter : '-')).TrimStart('.', '_', '-');
        if (start.Length == 0)
            start = "service";
        start = start[..Math.Min(start.Length, 50)];
        var valid = start;
        for (var i = 2; services.Any(service => service.Name == valid); i++)
            valid = $"{start}-{i}";
        return valid;
    }
}
