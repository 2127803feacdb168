namespace Supervisor.Control;

/// <summary>Who asks, as the kernel has it.</summary>
/// <param name="Uid">The user's number.</param>
/// <param name="User">The user's name.</param>
internal sealed record Requester(uint Uid, string User)
{
    /// <summary>One of the two who may: root, or our own user.</summary>
    public static Requester Of(uint uid) => new(uid, uid == 0 ? "root" : Environment.UserName);
}
