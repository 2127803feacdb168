namespace Supervisor.Tests.Logs;

/// <summary>
/// A log that a test writes to, and a supervisor that rotates it on a thread of its own, but only from one step to the
/// next, and only when it is told to: so the test decides what others find between any two steps.
/// </summary>
internal sealed class SteppedRotation : IDisposable
{
    private readonly string path;
    private readonly RotatingFile file;
    private readonly SemaphoreSlim permit = new(0);
    private readonly SemaphoreSlim pause = new(0);
    private readonly Thread thread;
    private volatile bool isEnding;
    private volatile bool isBetween = true;
    private int lines;

    public SteppedRotation(string path, RotationPolicy policy)
    {
        this.path = path;
        file = new(path, policy, step => Pause(step));
        thread = new(Run) { IsBackground = true };
        thread.Start();
    }

    /// <summary>Everything that was ever written.</summary>
    public MemoryStream Written { get; } = new();

    /// <summary>How many rotations are complete.</summary>
    public int Rotations { get; private set; }

    /// <summary>Appends numbered lines.</summary>
    public void Write(int count)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(lines, count).Select(number => $"line {number}\n")));
        lines += count;
        File.AppendAllBytes(path, text);
        Written.Write(text);
    }

    /// <summary>Goes on by so many steps.</summary>
    public void Step(int count)
    {
        for (var step = 0; step < count; step++)
        {
            if (isBetween)
                Write(600);
            GoOn();
        }
    }

    /// <summary>Completes what was begun, and as many rotations more.</summary>
    public void Rotate(int count)
    {
        Settle();
        for (var until = Rotations + count; Rotations < until; Settle())
            Write(600);
    }

    /// <summary>What happens at the start of a daemon: a large log is renamed, and becomes an archive later.</summary>
    public void Restart()
    {
        Settle();
        Write(600);
        Assert.True(file.TryPutAside());
    }

    /// <summary>Completes two rotations more, and compresses what there is.</summary>
    public void Compress()
    {
        Rotate(2);
        while (file.CompressOne())
            continue;
    }

    /// <summary>Completes what was begun.</summary>
    public void Settle()
    {
        do
            GoOn();
        while (!isBetween);
    }

    public void Dispose()
    {
        isEnding = true;
        permit.Release();
        thread.Join();
    }

    private void GoOn()
    {
        permit.Release();
        pause.Wait();
    }

    private void Run()
    {
        permit.Wait();
        while (!isEnding)
        {
            isBetween = false;
            file.Rotate();
            isBetween = true;
            Pause();
        }
    }

    private void Pause(RotationStep? step = null)
    {
        if (step == RotationStep.Archived)
            Rotations++;
        if (isEnding)
            return;
        pause.Release();
        permit.Wait();
    }
}
