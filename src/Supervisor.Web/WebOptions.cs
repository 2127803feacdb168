using System.Net;

namespace Supervisor.Web;

/// <summary>What the command line asks for.</summary>
/// <param name="ConfigFile">Whose supervisor is shown.</param>
/// <param name="Listen">Where the page is served.</param>
/// <param name="Token">What every request has to show; null for nothing.</param>
/// <param name="IsReadOnly">Whether nothing can be changed through the page.</param>
internal sealed record WebOptions(string ConfigFile, IPEndPoint Listen, string? Token, bool IsReadOnly)
{
    public const string Help = """
        Shows the services of a running supervisor on a page, and lets them be started, stopped and restarted.

        usage: supervisor-web [-c FILE] [--listen ADDRESS:PORT] [--token-file FILE] [--read-only]

        options:
          -c, --config FILE         the supervisor's configuration (default: $SUPERVISOR_CONFIG, else ./supervisor.json)
              --listen ADDRESS:PORT where the page is served (default: 127.0.0.1:9180); beyond loopback it needs a token
              --token-file FILE     a file with a secret that every request has to show; nobody else may read the file
              --read-only           have nothing started, stopped or restarted
          -h, --help                show help
          -V, --version             show the version

        exit codes: 0 ended by a signal, 1 it failed, 2 usage or configuration error

        """;

    private const string DefaultListen = "127.0.0.1:9180";

    private static readonly string[] s_valued = ["--config", "--listen", "--token-file"];
    private static readonly string[] s_known = [.. s_valued, "--read-only", "--help", "--version"];

    /// <summary>Takes a command line apart.</summary>
    /// <exception cref="UsageException">It makes no sense.</exception>
    public static WebOptions Parse(IReadOnlyList<string> args)
    {
        var given = Split(args);
        var file = given.GetValueOrDefault("--config") ?? (Environment.GetEnvironmentVariable("SUPERVISOR_CONFIG") is { Length: > 0 } named ? named : "supervisor.json");
        var listen = EndPointOf(given.GetValueOrDefault("--listen") ?? DefaultListen);
        var token = given.TryGetValue("--token-file", out var path) ? TokenIn(path) : null;
        if (token is null && !IPAddress.IsLoopback(listen.Address))
            throw new UsageException($"--listen: {listen} can be reached from other machines, so it needs a token: --token-file FILE, or listen on 127.0.0.1");
        return new(file, listen, token, given.ContainsKey("--read-only"));
    }

    private static Dictionary<string, string> Split(IReadOnlyList<string> args)
    {
        var given = new Dictionary<string, string>();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [['-', '-', ..] and var before, var after] ? (before, after) : (args[i] == "-c" ? "--config" : args[i], null);
            if (!s_known.Contains(name))
                throw new UsageException(CommandLineParser.Unknown(name.StartsWith('-') ? "option" : "word", name, s_known, "; see supervisor-web --help"));
            if (!s_valued.Contains(name))
                given[name] = value is null ? "" : throw new UsageException($"{name} takes no value");
            else
                given[name] = value ?? (++i < args.Count ? args[i] : throw new UsageException($"{name} needs a value; see supervisor-web --help"));
        }
        return given;
    }

    private static IPEndPoint EndPointOf(string text)
    {
        var local = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? $"127.0.0.1{text["localhost".Length..]}" : text;
        // Without a colon after the address, the library takes the port to be 0.
        return IPEndPoint.TryParse(local, out var end) && local.EndsWith($":{end.Port}", StringComparison.Ordinal)
            ? end
            : throw new UsageException($"--listen: '{text}' is no address and port; write for example {DefaultListen}, [::1]:9180 or 0.0.0.0:9180");
    }

    private static string TokenIn(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        ConfigurationFile? file;
        try
        {
            file = ConfigurationFile.ReadRegular(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            var cause = e switch
            {
                FileNotFoundException => $"does not exist; make it: (umask 077; openssl rand -hex 32 >{path})",
                UnauthorizedAccessException => FileOwner.WhyDenied(Path.GetFullPath(path)),
                _ => e.Message,
            };
            throw new UsageException($"--token-file: {path} {cause}");
        }
        if (file is { IsTrusted: false })
            throw new UsageException($"--token-file: {path} belongs to another user, who knows the token; chown it");
        if (file is not null && (file.Mode & Others) != 0)
            throw new UsageException($"--token-file: {path} can be read or written by others, who would know the token; chmod 600 {path}");
        var token = System.Text.Encoding.UTF8.GetString(file?.Content ?? []).Trim();
        if (token.Length == 0 && file is not null)
            throw new UsageException($"--token-file: {path} is empty; write a secret into it: openssl rand -hex 32 >{path}");
        return file is not null && token.All(letter => letter is > ' ' and <= '~')
            ? token
            : throw new UsageException($"--token-file: {path} holds more than one word of plain letters, digits and signs; write one, for example by: openssl rand -hex 32 >{path}");
    }
}
