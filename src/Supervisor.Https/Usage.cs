namespace Supervisor.Https;

/// <summary>How whoever runs this program learns that it was wrong to run it so.</summary>
internal static class Usage
{
    public static int Fail(string text)
    {
        Console.Error.WriteLine($"supervisor-https: {text}");
        return 2;
    }
}
