using System.Net.Sockets;
using System.Text;

namespace Supervisor.Tests.Https;

/// <summary><c>supervisor-https check</c>, and the socket that it is asked on.</summary>
internal sealed class Resident : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket socket;
    private readonly StreamReader answers;
    private readonly int pid;
    private Task<ExitStatus>? end;

    public Resident(params (string Name, string Value)[] environment)
    {
        using var folder = new TempFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("s")));
        listener.Listen();
        using var theirs = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        theirs.Connect(listener.LocalEndPoint!);
        theirs.Blocking = false; // It must do without the parent's help.
        socket = listener.Accept();
        answers = new(new NetworkStream(socket));
        var spawned = Spawner.Spawn(new()
        {
            Path = "/usr/bin/env",
            Argv = ["env", .. HttpsProgram.Disturbing.SelectMany(name => new[] { "-u", name }), .. environment.Select(variable => $"{variable.Name}={variable.Value}"), HttpsProgram.File, "check"],
            WorkingDir = "/",
            ExtraDescriptor = (int)theirs.Handle,
        });
        Assert.Null(spawned.Error);
        pid = spawned.Pid;
    }

    /// <summary>The answer to a request, which is sent with this id.</summary>
    public async Task<string> AskAsync(Uri url, bool insecure = false, string method = "GET", int milliseconds = 60_000)
    {
        Ask(7, url, insecure, method, milliseconds);
        var answer = await NextAsync();
        Assert.StartsWith("7 ", answer, StringComparison.Ordinal);
        return answer[2..];
    }

    public void Ask(ulong id, Uri url, bool insecure = false, string method = "GET", int milliseconds = 60_000) =>
        Say($"{id} {milliseconds} {method} {(insecure ? 1 : 0)} {url.AbsoluteUri}\n");

    public void Say(string text) => socket.Send(Encoding.UTF8.GetBytes(text));

    /// <summary>The next answer to anything.</summary>
    public async Task<string> NextAsync() =>
        await answers.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience) ?? throw new IOException("it has ended");

    public void Close() => socket.Dispose();

    /// <summary>How it ends, which it must do by itself.</summary>
    public Task<ExitStatus> EndAsync() => (end ??= Task.Run(Wait)).WaitAsync(Patience);

    public void Dispose()
    {
        Close();
        EndAsync().GetAwaiter().GetResult();
    }

    private unsafe ExitStatus Wait()
    {
        int status;
        var usage = stackalloc byte[256];
        Assert.Equal(pid, Libc.Wait4(pid, &status, 0, usage));
        return ExitStatus.FromWait(status);
    }
}
