using System.Text;

namespace Dispatch;

/// <summary>Writes lines to stdout, each in one system call, so that neither threads nor processes mix them.</summary>
internal static class Output
{
    // Not Console.Out: its buffer is short and breaks a long line into several writes.
    private static readonly Stream Stdout = Console.OpenStandardOutput();

    public static void Line(string text)
    {
        try
        {
            Stdout.Write(Encoding.UTF8.GetBytes(text + "\n"));
        }
        catch (IOException)
        {
            // A full disk is no reason to end: the daemon serves on, and a gap in the numbers shows what was lost.
        }
    }
}
