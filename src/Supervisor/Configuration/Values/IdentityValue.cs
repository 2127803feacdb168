using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Supervisor.Configuration.Json;
using Supervisor.Os;

namespace Supervisor.Configuration.Values;

/// <summary>Reads whom a process runs as, each by name or by number.</summary>
internal static class IdentityValue
{
    private const string RootOnly = "needs root; run the supervisor as root, or remove it";

    /// <summary>A user that there is, and that we may become.</summary>
    public static bool User(Place at, [MaybeNullWhen(false)] out Account value)
    {
        value = null;
        if (!Name(at, "a user's name or number", out var name))
            return false;
        value = Account.Find(name);
        return value is null
            ? at.Fail($"there is no user {Printable.Quote(name)} on this machine; create it, or name another")
            : Environment.IsPrivilegedProcess || value.User == Libc.EffectiveUser() || at.Fail($"to take on {Printable.Quote(name)} {RootOnly}");
    }

    /// <summary>A group that there is, and that we may become.</summary>
    public static bool Group(Place at, out uint value)
    {
        value = 0;
        if (!Name(at, "a group's name or number", out var name))
            return false;
        if (Account.FindGroup(name) is not { } group)
            return at.Fail($"there is no group {Printable.Quote(name)} on this machine; create it, or name another");
        value = group;
        return Environment.IsPrivilegedProcess || group == Libc.EffectiveGroup() || at.Fail($"to take on {Printable.Quote(name)} {RootOnly}");
    }

    /// <summary>A nice value that we may set.</summary>
    public static bool Nice(Place at, out int value)
    {
        if (!WholeNumber.Between(-20, 19)(at, out value))
            return false;
        var own = Libc.Priority(0, 0);
        return Environment.IsPrivilegedProcess || value >= own || at.Fail($"below {own}, which the supervisor has, {RootOnly}");
    }

    /// <summary>A umask in octal; a number would be read as decimal, which nobody means.</summary>
    public static bool Umask(Place at, out uint value)
    {
        var text = (at.Node as Node.Text)?.Value;
        var isGood = text is { Length: > 0 and <= 4 } && text.All(digit => digit is >= '0' and <= '7') && (text.Length < 4 || text[0] == '0');
        value = isGood ? Convert.ToUInt32(text, 8) : 0;
        return isGood || at.Expected("text of three octal digits, such as \"027\"");
    }

    private static bool Name(Place at, string wanted, [MaybeNullWhen(false)] out string name)
    {
        name = at.Node switch
        {
            Node.Text { Value: { Length: > 0 } text } when !text.Contains('\0') => text,
            Node.Number { Value: >= 0 and <= uint.MaxValue and var number } when double.IsInteger(number) => number.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        return name is not null || at.Expected(wanted);
    }
}
