using System.Globalization;
using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>A user, as the system's tables have it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="User">Its id.</param>
/// <param name="Group">The id of its own group.</param>
/// <param name="Home">Its home.</param>
/// <param name="Shell">Its shell.</param>
public sealed unsafe record Account(string Name, uint User, uint Group, string Home, string Shell)
{
    private const int EntrySize = 128; // more than struct passwd and struct group on either system
    private const int BufferSize = 1024 * 1024; // for all members of a large group; memory that is not written to costs nothing
    private const int IdOffset = 16; // pw_uid and gr_gid, after two pointers
    private const int GroupOffset = 20;
    private const int MembersOffset = 24; // gr_mem, after gr_gid and its padding

    /// <summary>The user of a name or of an id, or null.</summary>
    public static Account? Find(string user) =>
        Look((entry, buffer, found) => Id(user) is { } id ? Libc.UserById(id, entry, buffer, BufferSize, found) : Libc.UserByName(user, entry, buffer, BufferSize, found), Read);

    /// <summary>The name of one of this machine's own users, or null. To look any other up may mean to wait for another machine.</summary>
    public static string? LocalName(uint user) =>
        ProcFiles.Text("/etc/passwd").Split('\n').Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 2 && fields[2] == $"{user}")?[0];

    /// <summary>The id of the group of a name or of an id, or null.</summary>
    public static uint? FindGroup(string group) =>
        Look((entry, buffer, found) => Id(group) is { } id ? Libc.GroupById(id, entry, buffer, BufferSize, found) : Libc.GroupByName(group, entry, buffer, BufferSize, found), entry => (uint?)*(uint*)(entry + IdOffset));

    /// <summary>The members of a group that are named with it, by their ids. Those whose own group it is are not.</summary>
    public static IReadOnlyDictionary<uint, string> MembersOf(uint group) =>
        (Look((entry, buffer, found) => Libc.GroupById(group, entry, buffer, BufferSize, found), ReadMembers) ?? [])
            .Select(Find).OfType<Account>().DistinctBy(member => member.User).ToDictionary(member => member.User, member => member.Name);

    /// <summary>What a user expects to find in its environment.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables() => [new("HOME", Home), new("LOGNAME", Name), new("SHELL", Shell), new("USER", Name)];

    private delegate int Lookup(byte* entry, byte* buffer, byte** found);

    private delegate T Reader<T>(byte* entry);

    private static uint? Id(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static T? Look<T>(Lookup look, Reader<T> read)
    {
        var entry = stackalloc byte[EntrySize];
        byte* found;
        var buffer = (byte*)NativeMemory.Alloc(BufferSize);
        try
        {
            return look(entry, buffer, &found) == Libc.Ok && found is not null ? read(entry) : default;
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static Account Read(byte* entry)
    {
        var home = Platform.Current.UserHomeOffset;
        return new(Text(entry, 0), *(uint*)(entry + IdOffset), *(uint*)(entry + GroupOffset), Text(entry, home), Text(entry, home + sizeof(byte*)));
    }

    private static List<string> ReadMembers(byte* entry)
    {
        var names = new List<string>();
        for (var name = *(byte***)(entry + MembersOffset); *name is not null; name++)
            names.Add(SystemText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*name)));
        return names;
    }

    private static string Text(byte* entry, int offset) => SystemText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*(byte**)(entry + offset)));
}
