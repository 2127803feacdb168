using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Supervisor.Configuration;

/// <summary>Reads whom a process runs as, each by name or by number.</summary>
public static class IdentityValue
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
            ? at.Lack($"there is no user {Printable.Quote(name)} on this machine; create it, or name another")
            : Environment.IsPrivilegedProcess || value.User == Libc.EffectiveUser() || at.Lack($"to take on {Printable.Quote(name)} {RootOnly}");
    }

    /// <summary>A group that there is, and that we may become.</summary>
    public static bool Group(Place at, out uint value)
    {
        var isThere = Group(at, out value, out var name);
        return isThere && (Environment.IsPrivilegedProcess || value == Libc.EffectiveGroup() || at.Lack($"to take on {Printable.Quote(name!)} {RootOnly}"));
    }

    /// <summary>A group that there is.</summary>
    public static bool SharedGroup(Place at, out uint? value)
    {
        var isThere = Group(at, out var group, out _);
        value = group;
        return isThere;
    }

    /// <summary>A nice value that we may set.</summary>
    public static bool Nice(Place at, out int value)
    {
        if (!WholeNumber.Between(-20, 19)(at, out value))
            return false;
        var own = Libc.Priority(0, 0);
        return Environment.IsPrivilegedProcess || value >= own || at.Lack($"below {own}, which the supervisor has, {RootOnly}");
    }

    /// <summary>A umask in octal; a number would be read as decimal, which nobody means.</summary>
    public static bool Umask(Place at, out uint value)
    {
        var text = (at.Node as Node.Text)?.Value;
        var isGood = text is { Length: > 0 and <= 4 } && text.All(digit => digit is >= '0' and <= '7') && (text.Length < 4 || text[0] == '0');
        value = isGood ? Convert.ToUInt32(text, 8) : 0;
        return isGood || at.Expected("text of three octal digits, such as \"027\"");
    }

    private static bool Group(Place at, out uint value, out string? name)
    {
        value = 0;
        if (!Name(at, "a group's name or number", out name))
            return false;
        if (Account.FindGroup(name) is not { } group)
            return at.Lack($"there is no group {Printable.Quote(name)} on this machine; create it, or name another");
        value = group;
        return true;
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

/// <summary>Reads limits of setrlimit(2).</summary>
public static class LimitsValue
{
    private const string Wanted = "a whole number, \"unlimited\", or both limits as [soft, hard]";
    private const double Largest = 9007199254740992; // 2 to the 53rd: beyond it, JSON's numbers are not exact

    private static readonly IReadOnlyDictionary<string, int> Resources = Platform.Current.Limits;

    /// <summary>An object of limits by name, of which those that are hard can be set.</summary>
    public static bool Read(Place at, out ImmutableSortedDictionary<string, ResourceLimit> value)
    {
        var limits = ImmutableSortedDictionary.CreateBuilder<string, ResourceLimit>(StringComparer.Ordinal);
        value = limits.ToImmutable();
        if (!SectionValue.Read(at, out var section))
            return false;
        foreach (var member in section.Members)
            if (ReadName(section, member) && member.Value is not Node.Literal { Value: null } && ReadLimit(section.Of(member), out var limit) && IsAllowed(section.Of(member), member.Name, limit))
                limits.Add(member.Name, limit);
        value = limits.ToImmutable();
        return value.Count == section.Members.Count(member => member.Value is not Node.Literal { Value: null });
    }

    private static bool ReadName(Section section, Member member)
    {
        if (Resources.ContainsKey(member.Name))
            return true;
        section.FailAtKey(member, Platform.For(!OperatingSystem.IsMacOS()).Limits.ContainsKey(member.Name)
            ? "is no limit of this system; remove it"
            : $"is not a known limit{Nearest.Suggestion(member.Name, Resources.Keys, otherwise: $"; known are {string.Join(", ", Resources.Keys.Order(StringComparer.Ordinal))}", quote: "")}");
        return false;
    }

    private static bool ReadLimit(Place at, [MaybeNullWhen(false)] out ResourceLimit limit)
    {
        limit = at.Node switch
        {
            Node.Array { Items: [var soft, var hard] } when Number(soft) is { } low && Number(hard) is { } high && low <= high => new(low, high),
            var node when Number(node) is { } both => new(both, both),
            _ => null,
        };
        return limit is not null || (at.Node is Node.Array { Items: [var first, var second] } && Number(first) is not null && Number(second) is not null
            ? at.Fail("must have a soft limit that is not above the hard one")
            : at.Expected(Wanted));
    }

    private static ulong? Number(Node node) => node.Scalar switch
    {
        Node.Text { Value: "unlimited" } => Platform.Current.Unlimited,
        Node.Number { Value: >= 0 and <= Largest and var number } when double.IsInteger(number) => (ulong)number,
        _ => null,
    };

    private static bool IsAllowed(Place at, string name, ResourceLimit limit)
    {
        var own = ResourceLimit.Own(Resources[name]).Hard;
        if (!Environment.IsPrivilegedProcess && limit.Hard > own)
            return at.Lack($"above {Wording(own)}, the hard limit of the supervisor, needs root; run it as root, or lower this");
        return name != "nofile" || limit.Hard <= MostFiles() || at.Lack($"must be at most {MostFiles()}, which is all that this system allows (fs.nr_open)");
    }

    private static string Wording(ulong limit) => limit == Platform.Current.Unlimited ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);

    private static ulong MostFiles() =>
        ulong.TryParse(ProcFiles.Text("/proc/sys/fs/nr_open").TrimEnd(), CultureInfo.InvariantCulture, out var most) ? most : Platform.Current.Unlimited;
}
