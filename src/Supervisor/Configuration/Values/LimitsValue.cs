using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Supervisor.Configuration.Json;
using Supervisor.Os;

namespace Supervisor.Configuration.Values;

/// <summary>Reads limits of setrlimit(2).</summary>
internal static class LimitsValue
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
            if (ReadName(section, member) && ReadLimit(section.Of(member), out var limit) && IsAllowed(section.Of(member), member.Name, limit))
                limits.Add(member.Name, limit);
        value = limits.ToImmutable();
        return value.Count == section.Members.Length;
    }

    private static bool ReadName(Section section, Member member)
    {
        if (Resources.ContainsKey(member.Name))
            return true;
        section.FailAtKey(member, Platform.For(!OperatingSystem.IsMacOS()).Limits.ContainsKey(member.Name)
            ? "is no limit of this system; remove it"
            : Nearest.To(member.Name, Resources.Keys) is { } meant
            ? $"is not a known limit; did you mean {meant}?"
            : $"is not a known limit; known are {string.Join(", ", Resources.Keys.Order(StringComparer.Ordinal))}");
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

    private static ulong? Number(Node node) => node switch
    {
        Node.Text { Value: "unlimited" } => Platform.Current.Unlimited,
        Node.Number { Value: >= 0 and <= Largest and var number } when double.IsInteger(number) => (ulong)number,
        _ => null,
    };

    private static bool IsAllowed(Place at, string name, ResourceLimit limit)
    {
        var own = ResourceLimit.Own(Resources[name]).Hard;
        if (!Environment.IsPrivilegedProcess && limit.Hard > own)
            return at.Fail($"above {Wording(own)}, the hard limit of the supervisor, needs root; run it as root, or lower this");
        return name != "nofile" || limit.Hard <= MostFiles() || at.Fail($"must be at most {MostFiles()}, which is all that this system allows (fs.nr_open)");
    }

    private static string Wording(ulong limit) => limit == Platform.Current.Unlimited ? "unlimited" : limit.ToString(CultureInfo.InvariantCulture);

    private static ulong MostFiles() =>
        ulong.TryParse(ProcFiles.Text("/proc/sys/fs/nr_open").TrimEnd(), CultureInfo.InvariantCulture, out var most) ? most : Platform.Current.Unlimited;
}
