using System.Diagnostics;

namespace Supervisor.EndToEnd.Tests;

/// <summary>Programs of the system, run to their end.</summary>
internal static class Commands
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<CommandResult> RunAsync(string program, params IEnumerable<string> args)
    {
        using var process = Start(program, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return new(process.ExitCode, await output, await error);
    }

    /// <summary>Starts one whose output is of interest.</summary>
    public static Process Start(string program, params IEnumerable<string> args) =>
        Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Whether there is such a program.</summary>
    public static bool Exist(params string[] programs) =>
        programs.All(program => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))));

    /// <summary>Asks again until the answer is right.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> isRight)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (isRight(answer))
                return answer;
            if (since.Elapsed > Patience)
                throw new TimeoutException($"still {answer} after {Patience}");
        }
    }
}
