namespace Supervisor.Tests.Loop;

/// <summary>Processes live until a test has them end, or until they are killed.</summary>
internal sealed class MortalWorld : StillWorld
{
    private readonly List<Child> children = [];

    /// <summary>All that were ever started.</summary>
    public new IReadOnlyList<Child> Children => children;

    /// <summary>The newest one.</summary>
    public Child Newest => children[^1];

    /// <summary>Why nothing can be started; null if it can.</summary>
    public string? Trouble { get; set; }

    /// <summary>What those say that are started from here on.</summary>
    public string Saying { get; set; } = "";

    public override SpawnResult Spawn(SpawnRequest request)
    {
        if (Trouble is { } trouble)
            return new(0, trouble);
        children.Add(new(children.Count + 2, request));
        if (request.OutputDescriptor is { } descriptor)
            _ = Descriptors.Write(descriptor, System.Text.Encoding.UTF8.GetBytes(Saying));
        return new(Newest.Pid, null);
    }

    /// <summary>Only SIGKILL is obeyed.</summary>
    public override void Kill(int pid, string signal)
    {
        if (signal == "SIGKILL" && children.Find(child => child.Pid == -pid) is { } child)
            child.End(new ExitStatus(null, signal));
    }

    public override bool IsChild(int pid) => children.Exists(child => child.Pid == pid && !child.IsReaped);

    public override int? PeekEnded() => children.Find(child => child is { Status: not null, IsReaped: false })?.Pid;

    public override ExitStatus Reap(int pid)
    {
        var child = children.Single(child => child.Pid == pid);
        child.IsReaped = true;
        return child.Status!.Value;
    }

    /// <summary>One that was started.</summary>
    internal sealed class Child(int pid, SpawnRequest request)
    {
        public int Pid => pid;

        public SpawnRequest Request => request;

        public ExitStatus? Status { get; private set; }

        public bool IsReaped { get; set; }

        public bool WasKilled => Status is { Signal: "SIGKILL" };

        /// <summary>The value of a variable that it was started with.</summary>
        public string? Variable(string name) => request.Variables.LastOrDefault(variable => variable.Key == name).Value;

        public void End(ExitStatus status) => Status ??= status;

        public void End(int code) => End(new ExitStatus(code));
    }
}
