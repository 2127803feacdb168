namespace Supervisor.Logs;

/// <summary>How large a file may grow, and what becomes of what is cut off.</summary>
/// <param name="MaxSize">The size, in bytes, above which it is cut; also the largest size of an archive.</param>
/// <param name="Keep">How many archives are kept.</param>
/// <param name="Compress">Whether archives are compressed.</param>
internal sealed record RotationPolicy(long MaxSize = 50L << 20, int Keep = 5, bool Compress = false);
