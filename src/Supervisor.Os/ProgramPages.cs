using System.Buffers.Binary;
using System.Globalization;

namespace Supervisor.Os;

/// <summary>
/// The pages of this program that are in memory. Most of it is needed only to read a configuration and to start everything; pages that
/// are given back, and are needed again after all, come back from the system's page cache at their next use.
/// </summary>
public static unsafe class ProgramPages
{
    private const int DontNeed = 4; // MADV_DONTNEED
    private const int Loaded = 1; // PT_LOAD
    private const uint Writable = 2; // PF_W
    private const int HeaderSize = 64; // Elf64_Ehdr, with e_phoff at 32 and e_phnum at 56
    private const int SegmentSize = 56; // Elf64_Phdr: type, flags, offset, address, physical address, sizes in file and memory

    private static readonly (nuint Start, nuint Length)[] Unwritten = Find();

    /// <summary>
    /// Gives back those that were never written to: code and constants. Not what the linker relocated, which cannot be read from the file
    /// again. Linux only.
    /// </summary>
    public static void GiveBack()
    {
        foreach (var (start, length) in Unwritten)
            _ = Libc.MemoryAdvice((void*)start, length, DontNeed);
    }

    /// <summary>The segments of the file (elf(5)) that nobody may write to, where they lie in memory.</summary>
    private static (nuint, nuint)[] Find()
    {
        if (!OperatingSystem.IsLinux() || Base() is not { } start)
            return [];
        var file = new ReadOnlySpan<byte>((void*)start, HeaderSize);
        var (offset, count) = (BinaryPrimitives.ReadUInt64LittleEndian(file[32..]), BinaryPrimitives.ReadUInt16LittleEndian(file[56..]));
        var segments = new List<(nuint, nuint)>();
        for (var i = 0; i < count; i++)
        {
            var segment = new ReadOnlySpan<byte>((byte*)start + offset + (uint)(i * SegmentSize), SegmentSize);
            var (type, flags) = (BinaryPrimitives.ReadInt32LittleEndian(segment), BinaryPrimitives.ReadUInt32LittleEndian(segment[4..]));
            if (type != Loaded || (flags & Writable) != 0)
                continue;
            var (address, size) = (start + (nuint)BinaryPrimitives.ReadUInt64LittleEndian(segment[16..]), (nuint)BinaryPrimitives.ReadUInt64LittleEndian(segment[40..]));
            var page = (nuint)Environment.SystemPageSize;
            segments.Add((address / page * page, (address % page) + size));
        }
        return [.. segments];
    }

    /// <summary>Where the file begins in memory, by /proc/self/maps; null for a program whose addresses are fixed in the file.</summary>
    private static nuint? Base()
    {
        foreach (var line in ProcFiles.Text("/proc/self/maps").Split('\n'))
            if (line.EndsWith(Environment.ProcessPath ?? "?", StringComparison.Ordinal) && line.Contains(" 00000000 ", StringComparison.Ordinal))
                return nuint.Parse(line[..line.IndexOf('-', StringComparison.Ordinal)], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return null;
    }
}
