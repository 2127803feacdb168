using System.Diagnostics;

// Rotates a file until it is killed: rotator FILE MAX_SIZE KEEP [STEP]. With STEP it kills itself when that step is done,
// as if somebody had sent it SIGKILL there; "-" for never. With a fifth word it ends when the file is small.
var (path, maxSize, keep) = (args[0], long.Parse(args[1]), int.Parse(args[2]));
RotationStep? fatal = args.Length > 3 && args[3] != "-" ? Enum.Parse<RotationStep>(args[3]) : null;
var file = new RotatingFile(path, new(maxSize, keep), step =>
{
    if (step == fatal)
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
});
file.Recover();
Console.Out.WriteLine("recovered");
while (file.Rotate() is var outcome)
{
    if (outcome == RotationOutcome.Impossible)
        return 3;
    if (outcome == RotationOutcome.Small && args.Length > 4)
        return 0;
}
return 0;
