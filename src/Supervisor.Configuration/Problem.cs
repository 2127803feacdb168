using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Something that is wrong with a configuration, and what would be right.</summary>
/// <param name="File">The file as the user named it.</param>
/// <param name="Line">From 1, or null when the problem is the file itself.</param>
/// <param name="Column">In characters from 1, or null when the problem is the file itself, or a whole line.</param>
/// <param name="Path">The keys that lead to the value, such as <c>services.guardian.cmd</c>; empty for the whole.</param>
/// <param name="Message">What is wrong, worded to follow the path.</param>
public sealed record Problem(string File, int? Line, int? Column, string Path, string Message)
{
    /// <summary>Whether it is no mistake, but something that the machine lacks: it may come and go without an edit.</summary>
    public bool IsOfMachine { get; init; }

    /// <summary><c>FILE:LINE:COLUMN: PATH: MESSAGE</c>, on one line, without what does not apply.</summary>
    public override string ToString()
    {
        var place = string.Join(':', new object?[] { File, Line, Column }.Where(part => part is not null));
        return Printable.Escape(Path.Length == 0 ? $"{place}: {Message}" : $"{place}: {Path}: {Message}");
    }
}

/// <summary>Collects everything that is wrong with one file, so that all of it can be put right at once.</summary>
/// <param name="file">The file.</param>
/// <param name="of">That of the file which includes it; null for none. What is wrong with both is collected in one.</param>
public sealed class ProblemList(string file, ProblemList? of = null)
{
    private readonly List<Problem> _problems = of?._problems ?? [];
    private string? _lack;

    private readonly HashSet<(Position Position, string Path)> _places = [];

    /// <summary>The file.</summary>
    public string File => file;

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool IsEmpty => _problems.Count == 0;

    /// <summary>Whether nothing is wrong but what the machine lacks.</summary>
    public bool IsSound => _problems.TrueForAll(problem => problem.IsOfMachine);

    /// <summary>
    /// The first thing that the machine was found to lack since this was last set to null, and without which what was read since is not
    /// what the file means. It counts also where it has been reported before, as what is in <c>defaults</c> is for each service.
    /// </summary>
    public string? Lack
    {
        get => of is null ? _lack : of.Lack;
        set => (of is null ? ref _lack : ref of._lack) = value;
    }

    /// <summary>Adds a problem of the file as such.</summary>
    public void Add(string message) => _problems.Add(new(file, null, null, "", message));

    /// <summary>Adds a problem of the text at a position.</summary>
    public void Add(Position position, string message) => Add(position, "", message);

    /// <summary>Adds a problem of the value at a position, unless it has one: what more is said of it may be but a consequence, or the same again.</summary>
    public void Add(Position position, string path, string message, bool ofMachine = false)
    {
        if (_places.Add((position, path)))
            _problems.Add(new(file, position.Line, position.Column, path, message) { IsOfMachine = ofMachine });
    }

    /// <summary>Adds a problem of a line of another file, which is edited by itself, unless it is known.</summary>
    public void Add(string other, int line, string message)
    {
        var problem = new Problem(other, line, null, "", message) { IsOfMachine = true };
        Lack ??= problem.ToString();
        if (!_problems.Contains(problem))
            _problems.Add(problem);
    }

    /// <summary>The problems in the order in which they stand in the file; those of other files follow.</summary>
    public ImmutableArray<Problem> InOrder() =>
        [.. _problems.OrderBy(problem => problem.File == file ? "" : problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];
}

/// <summary>A place in a text, as editors count it.</summary>
/// <param name="Line">1 for the first line.</param>
/// <param name="Column">1 for the first character of the line; characters, not bytes.</param>
public readonly record struct Position(int Line, int Column);

/// <summary>Names a value by the keys that lead to it: <c>services.guardian.cmd[0]</c>.</summary>
public static class KeyPath
{
    /// <summary>The path of a member of the object at <paramref name="parent"/>, which is empty for the root.</summary>
    public static string Member(string parent, string name) =>
        parent.Length == 0 ? Printable.Shorten(name) : $"{parent}.{Printable.Shorten(name)}";

    /// <summary>The path of an item of the array at <paramref name="parent"/>.</summary>
    public static string Item(string parent, int index) => $"{parent}[{index}]";
}
