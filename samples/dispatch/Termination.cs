using System.Runtime.InteropServices;

namespace Dispatch;

/// <summary>Obeys SIGTERM and SIGINT: late, or not at all, if so told.</summary>
internal sealed class Termination : IDisposable
{
    private readonly string _name;
    private readonly TimeSpan _delay;
    private readonly PosixSignalRegistration _term;
    private readonly PosixSignalRegistration _int;
    private volatile bool _ignored;

    public Termination(string name, TimeSpan delay)
    {
        (_name, _delay) = (name, delay);
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnTerm);
        _int = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
    }

    /// <summary>Whether SIGTERM is ignored; SIGINT never is.</summary>
    public bool Ignored
    {
        get => _ignored;
        set => _ignored = value;
    }

    public void Dispose()
    {
        _term.Dispose();
        _int.Dispose();
    }

    private void OnTerm(PosixSignalContext context)
    {
        if (_ignored)
            Ignore(context);
        else
            End(context);
    }

    private void Ignore(PosixSignalContext context)
    {
        context.Cancel = true;
        Output.Line($"{_name}: {context.Signal} ignored");
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        Output.Line($"{_name}: {context.Signal}, ending");
        Thread.Sleep(_delay);
        Environment.Exit(0);
    }
}
