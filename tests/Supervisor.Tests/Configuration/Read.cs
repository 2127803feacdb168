using System.Text;

namespace Supervisor.Tests.Configuration;

/// <summary>Reads configurations as tests need them.</summary>
internal static class Read
{
    /// <summary>A file that need not exist, in a folder that does on every machine.</summary>
    public const string File = "/f.json";

    public static SupervisorConfig Valid(string json) => ValueOf(ConfigurationReader.Parse(File, Encoding.UTF8.GetBytes(json)));

    public static ServiceConfig ValidService(string keys) =>
        Valid("""{"services": {"a": {"cmd": ["/bin/sh"], """ + keys + "}}}").Services.Single();

    /// <summary>The problems as lines, without the name of the file; empty for a valid configuration.</summary>
    public static string[] Problems(string json) => Problems(Encoding.UTF8.GetBytes(json));

    /// <summary>The same for a service with these keys, which begin in column 41.</summary>
    public static string[] ServiceProblems(string keys) => Problems("""{"services": {"a": {"cmd": ["/bin/sh"], """ + keys + "}}}");

    public static string[] Problems(byte[] text) =>
        [.. Lines(ConfigurationReader.Parse(File, text)).Select(line => line[$"{File}:".Length..])];

    public static string[] Lines<T>(ConfigurationResult<T> result)
        where T : class => [.. result.Problems.Select(problem => problem.ToString())];

    public static T ValueOf<T>(ConfigurationResult<T> result)
        where T : class
    {
        Assert.Empty(Lines(result));
        return Assert.IsType<T>(result.Value);
    }
}
