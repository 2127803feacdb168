using System.Text;

namespace Supervisor;

/// <summary>Runs a program of PM2's to learn what it says: its configuration is whatever it exports.</summary>
internal static class NodeProgram
{
    private const int MaxBytes = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // To descriptor 3: what the program itself prints is its own affair. The line ends what is read, whoever else holds the descriptor.
    private const string Script = """
        import(require('url').pathToFileURL(process.argv[1]).href).then(module => {
          const exported = module.default ?? module;
          require('fs').writeSync(3, JSON.stringify(exported.default ?? exported) + '\n');
          process.exit(0);
        }).catch(error => { console.error(String(error)); process.exit(1); });
        """;

    /// <summary>What a program exports, as JSON.</summary>
    /// <exception cref="InvalidDataException">It cannot be told; the message says why.</exception>
    public static Source Evaluate(Source source)
    {
        var node = ExecutableLookup.Find("node", source.Folder, Environment.GetEnvironmentVariable("PATH"))
            ?? throw new InvalidDataException($"{source.Path}: is a program for node, which is not on PATH; install it, or write the configuration as JSON");
        if (Descriptors.Pair(out var reading, out var writing) is < 0 and var error)
            throw new InvalidDataException($"{source.Path}: {Descriptors.Describe(error)}");
        var result = Spawner.Spawn(new()
        {
            Path = node,
            Argv = ["node", "-e", Script, Path.GetFullPath(source.Path)],
            WorkingDir = source.Folder,
            OutputDescriptor = 2,
            ExtraDescriptor = writing,
        });
        Descriptors.Close(writing);
        try
        {
            var text = result.Error is { } cause ? throw new InvalidDataException($"{source.Path}: {cause}") : ReadLine(reading);
            return text is { Length: > 0 } and not "undefined"
                ? source with { Text = text, IsComputed = true }
                : throw new InvalidDataException($"{source.Path}: node {(text is null ? $"has not ended within {Duration.Format(Patience)}, or has no end to what it says" : "could not tell what it exports")}; write the configuration as JSON");
        }
        finally
        {
            Descriptors.Close(reading);
            if (result.Pid > 0)
                _ = Libc.Kill(-result.Pid, Platform.Current.Signals["SIGKILL"]);
        }
    }

    /// <summary>What comes until the end of the line; empty if none comes, null if it takes too long or is too much.</summary>
    private static unsafe string? ReadLine(int descriptor)
    {
        var bytes = new List<byte>();
        var chunk = new byte[64 * 1024];
        for (var start = TimeProvider.System.GetTimestamp(); bytes.Count <= MaxBytes;)
        {
            var entry = new PollEntry { Descriptor = descriptor, Events = Descriptors.In };
            var left = Patience - TimeProvider.System.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || Libc.Poll(&entry, 1, (int)left.TotalMilliseconds + 1) < 0)
                return null;
            if (entry.Returned == 0)
                continue;
            var read = Descriptors.Read(descriptor, chunk);
            if (read <= 0)
                return "";
            bytes.AddRange(chunk.AsSpan(0, read));
            if (chunk[read - 1] == '\n')
                return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\n');
        }
        return null;
    }
}
