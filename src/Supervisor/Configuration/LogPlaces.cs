using System.Collections.Immutable;

namespace Supervisor.Configuration;

/// <summary>Where logs lie, and whose they are.</summary>
internal sealed record LogPlaces(string LogDir, ImmutableArray<string> Names);
