using System.Runtime.InteropServices;
using Supervisor.Chaos;

// dotnet run -c Release --project tests/Supervisor.Chaos -- --binary PATH/supervisor [--minutes 10] [--seed N] [--services 50]
if (Options.Parse(args, out var wrong) is not { } options)
{
    Console.Error.WriteLine($"chaos: {wrong}\nusage: --binary PATH/supervisor [--minutes 10] [--seed N] [--services 50]");
    return 2;
}
if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("chaos: it sees processes by /proc, so it runs on Linux alone");
    return 2;
}
using var interruption = new CancellationTokenSource();
using var onInt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
return await Campaign.RunAsync(options, interruption.Token);

// What was made is cleaned up on the way out.
void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    interruption.Cancel();
}
