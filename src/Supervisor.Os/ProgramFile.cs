namespace Supervisor.Os;

/// <summary>Why a program that is there is not executed. execve(2) names the program, and means what it needs.</summary>
public static class ProgramFile
{
    private const int HeadSize = 256; // as much as Linux reads of a file to see what it is

    /// <summary>What is wrong with a script's first line, worded to follow its path; null for nothing that can be seen.</summary>
    public static string? Obstacle(string path)
    {
        Span<byte> head = stackalloc byte[HeadSize];
        head = head[..ProcFiles.Read(path, head)];
        if (!head.StartsWith("#!"u8))
            return null;
        head = head[2..(head.IndexOf((byte)'\n') is > 0 and var end ? end : head.Length)];
        if (SystemText.Decode(head).Trim(' ', '\t').Split([' ', '\t'], 2) is not [{ Length: > 0 } interpreter, ..] words)
            return "has a first line that names no interpreter; write for example #!/bin/sh";
        if (words[^1].EndsWith('\r') && (words.Length == 1 || Path.GetFileName(interpreter) == "env"))
            return "has a first line that ends with CR LF, as on Windows, so its interpreter is not found; save it with LF";
        return FileOwner.Exists(interpreter) ? null : $"has a first line that names {interpreter}, which does not exist; install it, or correct the line";
    }

    /// <summary>The error of execve(2) in words.</summary>
    public static string Explain(string path, int error) => error switch
    {
        Libc.NoSuchFile or Libc.NoFormat when Obstacle(path) is { } obstacle => $"{path} {obstacle}",
        Libc.NoSuchFile when FileOwner.Exists(path) => $"{path} needs a loader that is not on this machine: it was built for another system, or another C library",
        Libc.NoFormat => $"{path} is no program of this machine, and has no first line that names an interpreter, as #!/bin/sh does",
        Libc.TooManyWords => $"{path}: its arguments and environment are larger than the system takes; pass them in a file",
        _ => $"{path}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error)}",
    };
}
