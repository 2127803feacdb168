namespace Dispatch;

internal static class Crash
{
    /// <summary>Dies by SIGABRT, with a word on stderr.</summary>
    public static void Now() => Environment.FailFast("told to crash");
}
