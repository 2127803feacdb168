namespace Supervisor.Configuration.Json;

/// <summary>A place in a text, as editors count it.</summary>
/// <param name="Line">1 for the first line.</param>
/// <param name="Column">1 for the first character of the line; characters, not bytes.</param>
internal readonly record struct Position(int Line, int Column);
