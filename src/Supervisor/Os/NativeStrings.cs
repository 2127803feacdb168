using System.Runtime.InteropServices;

namespace Supervisor.Os;

/// <summary>A null-terminated array of C strings, as argv and envp are.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly IReadOnlyList<string> strings;

    public NativeStrings(IReadOnlyList<string> strings)
    {
        this.strings = strings;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)strings.Count + 1, (nuint)sizeof(byte*));
        for (var i = 0; i < strings.Count; i++)
            Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        for (var i = 0; i < strings.Count; i++)
            Marshal.FreeCoTaskMem((nint)Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
