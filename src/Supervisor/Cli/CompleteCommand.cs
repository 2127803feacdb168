using System.Collections.Immutable;
using System.Net.Sockets;
using Supervisor.Configuration;
using Supervisor.Control;
using Supervisor.Import;
using Supervisor.State;

namespace Supervisor.Cli;

/// <summary>
/// <c>complete -- WORD...</c>, for the scripts that <c>completion</c> prints: each candidate in a line, and behind a tab
/// what it means; or <see cref="Files"/>. Somebody is typing: it is quick, and whatever goes wrong, it is silent.
/// </summary>
internal static class CompleteCommand
{
    /// <summary>Has the shell complete the names of files. No candidate begins with a colon.</summary>
    private const string Files = ":files";

    /// <summary>How long a supervisor that hangs is waited for; the configuration is asked instead.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(CommandLine line)
    {
        var completion = Completion.Of(line.Names);
        if (completion.WantsFile)
            Console.Out.WriteLine(Files);
        IEnumerable<string> services = completion.WantsNames ? await ServicesAsync(ConfigFileOf(completion)).ConfigureAwait(false) : [];
        foreach (var (word, summary) in completion.Candidates(services))
            Console.Out.WriteLine(summary.Length > 0 ? $"{word}\t{summary}" : word);
        return (int)ExitCode.Done;
    }

    /// <summary>The file's name as it was typed, quotes and all, means the file that the shell would open.</summary>
    private static string ConfigFileOf(Completion completion)
    {
        var file = ShellWords.Split(completion.ConfigFile) is [var word] ? word : completion.ConfigFile;
        return file.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(Environment.GetEnvironmentVariable("HOME"), file[1..]) : file;
    }

    private static async Task<IEnumerable<string>> ServicesAsync(string file)
    {
        try
        {
            return await RunningAsync(file).WaitAsync(Patience, TimeProvider.System).ConfigureAwait(false) ?? Configured(file);
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or UnauthorizedAccessException)
        {
            return Configured(file);
        }
    }

    private static async Task<IEnumerable<string>?> RunningAsync(string file)
    {
        if (ConfigurationReader.StateDirOf(file) is not ConfigurationResult<string>.Valid folder)
            return null;
        using var client = await ControlClient.TryConnectAsync(StateFolder.SocketIn(folder.Value)).ConfigureAwait(false);
        if (client is null)
            return null;
        var answer = await client.CallAsync("status", new()).ConfigureAwait(false);
        return answer.Result?.Services.Select(service => service.Name);
    }

    private static ImmutableArray<string> Configured(string file) =>
        ConfigurationReader.LogsOf(file) is ConfigurationResult<LogPlaces>.Valid places ? places.Value.Names : [];
}
