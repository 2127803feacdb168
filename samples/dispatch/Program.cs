using System.Net.Sockets;
using Dispatch;

try
{
    Daemon.Run(Options.Parse(args));
    return 0;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"dispatch: {wrong.Message}");
    return 2;
}
catch (SocketException refused)
{
    Console.Error.WriteLine($"{args[0]}: cannot listen on 127.0.0.1:{args[1]}: {refused.Message}");
    return 1;
}
