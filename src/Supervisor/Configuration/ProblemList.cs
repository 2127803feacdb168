using System.Collections.Immutable;
using Supervisor.Configuration.Json;

namespace Supervisor.Configuration;

/// <summary>Collects everything that is wrong with one file, so that all of it can be put right at once.</summary>
internal sealed class ProblemList(string file)
{
    private readonly List<Problem> _problems = [];
    private readonly HashSet<(Position Position, string Path)> _places = [];

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool IsEmpty => _problems.Count == 0;

    /// <summary>Adds a problem of the file as such.</summary>
    public void Add(string message) => _problems.Add(new(file, null, null, "", message));

    /// <summary>Adds a problem of the text at a position.</summary>
    public void Add(Position position, string message) => Add(position, "", message);

    /// <summary>Adds a problem of the value at a position, unless it has one: what more is said of it may be but a consequence, or the same again.</summary>
    public void Add(Position position, string path, string message)
    {
        if (_places.Add((position, path)))
            _problems.Add(new(file, position.Line, position.Column, path, message));
    }

    /// <summary>Adds a problem of a line of another file, unless it is known.</summary>
    public void Add(string other, int line, string message)
    {
        var problem = new Problem(other, line, null, "", message);
        if (!_problems.Contains(problem))
            _problems.Add(problem);
    }

    /// <summary>The problems in the order in which they stand in the file; those of other files follow.</summary>
    public ImmutableArray<Problem> InOrder() =>
        [.. _problems.OrderBy(problem => problem.File == file ? "" : problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column)];
}
