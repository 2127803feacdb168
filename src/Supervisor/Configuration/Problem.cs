namespace Supervisor.Configuration;

/// <summary>Something that is wrong with a configuration, and what would be right.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">From 1, or null when the problem is the file itself.</param>
/// <param name="Column">In characters from 1, or null when the problem is the file itself, or a whole line.</param>
/// <param name="Path">The keys that lead to the value, such as <c>services.guardian.cmd</c>; empty for the whole.</param>
/// <param name="Message">What is wrong, worded to follow the path.</param>
internal sealed record Problem(string File, int? Line, int? Column, string Path, string Message)
{
    /// <summary><c>FILE:LINE:COLUMN: PATH: MESSAGE</c>, on one line, without what does not apply.</summary>
    public override string ToString()
    {
        var place = string.Join(':', new object?[] { File, Line, Column }.Where(part => part is not null));
        return Printable.Escape(Path.Length == 0 ? $"{place}: {Message}" : $"{place}: {Path}: {Message}");
    }
}
