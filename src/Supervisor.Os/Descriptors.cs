using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Supervisor.Os;

/// <summary>
/// Descriptors that never block: sockets and pipes for a loop that waits with poll(2) alone. What fails returns −errno;
/// nothing here throws, and nothing allocates.
/// </summary>
public static unsafe class Descriptors
{
    /// <summary>POLLIN: there is something to read, or the end.</summary>
    public const short In = 1;

    /// <summary>POLLOUT: there is room to write, or a connection has come about.</summary>
    public const short Out = 4;

    /// <summary>POLLERR, POLLHUP and POLLNVAL, which are told unasked.</summary>
    public const short Broken = 0x38;

    private const int DatagramType = 2; // SOCK_DGRAM
    private const int GetFlags = 3; // F_GETFL
    private const int SetFlags = 4; // F_SETFL

    /// <summary>A stream socket for an address.</summary>
    public static int Connecting(NativeAddress to)
    {
        var descriptor = Open(to.Family);
        if (descriptor < 0)
            return descriptor;
        int result;
        fixed (byte* address = to.Bytes)
            result = Libc.Connect(descriptor, address, (uint)to.Bytes.Length);
        if (result == Libc.Ok || Marshal.GetLastPInvokeError() == Platform.Current.InProgress)
            return descriptor;
        var error = Error;
        Close(descriptor);
        return error;
    }

    /// <summary>A stream socket that listens at an address.</summary>
    public static int Listening(NativeAddress at, int backlog)
    {
        var descriptor = Open(at.Family);
        if (descriptor < 0)
            return descriptor;
        fixed (byte* address = at.Bytes)
            if (Libc.Bind(descriptor, address, (uint)at.Bytes.Length) == Libc.Ok && Libc.Listen(descriptor, backlog) == Libc.Ok)
                return descriptor;
        var error = Error;
        Close(descriptor);
        return error;
    }

    /// <summary>The next one who connects.</summary>
    public static int Accept(int listener) => Prepared(Libc.Accept(listener, null, null));

    /// <summary>Two connected sockets: ours, which does not block, and one for a child, which does. Neither outlives an execve(2) by itself.</summary>
    public static int Pair(out int ours, out int theirs)
    {
        var ends = stackalloc int[2];
        (ours, theirs) = (-1, -1);
        if (Libc.SocketPair(Libc.AddressUnix, Libc.Stream, 0, ends) != Libc.Ok)
            return Error;
        (ours, theirs) = (Prepared(ends[0]), ends[1]);
        SetClosing(theirs, true);
        return Libc.Ok;
    }

    /// <summary>A pipe of which neither end outlives an execve(2); the end that <paramref name="blocks"/> names does block.</summary>
    public static int Pipe(out int reading, out int writing, bool blocks)
    {
        var ends = stackalloc int[2];
        (reading, writing) = (-1, -1);
        if (Libc.Pipe(ends) != Libc.Ok)
            return Error;
        (reading, writing) = (ends[0], Prepared(ends[1]));
        if (blocks)
            SetClosing(reading, true);
        else
            _ = Prepared(reading);
        return Libc.Ok;
    }

    /// <summary>How many bytes were taken.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Libc.Send(descriptor, first, (nuint)bytes.Length, 0) is >= 0 and var sent ? (int)sent : Error;
    }

    /// <summary>A datagram socket.</summary>
    public static int Datagram(int family) => Prepared(Libc.Socket(family, DatagramType, 0));

    /// <summary>How many bytes were taken, as a datagram.</summary>
    public static int SendTo(int descriptor, ReadOnlySpan<byte> bytes, NativeAddress to)
    {
        fixed (byte* first = bytes, address = to.Bytes)
            return Libc.SendTo(descriptor, first, (nuint)bytes.Length, 0, address, (uint)to.Bytes.Length) is >= 0 and var sent ? (int)sent : Error;
    }

    /// <summary>How many bytes came; 0 at the end.</summary>
    public static int Receive(int descriptor, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Libc.Receive(descriptor, first, (nuint)bytes.Length, 0) is >= 0 and var received ? (int)received : Error;
    }

    /// <summary>How many bytes were read from what is no socket; 0 at the end.</summary>
    public static int Read(int descriptor, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Libc.Read(descriptor, first, (nuint)bytes.Length) is >= 0 and var read ? (int)read : Error;
    }

    /// <summary>How many bytes were written to what is no socket.</summary>
    public static int Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            return Libc.Write(descriptor, first, (nuint)bytes.Length) is >= 0 and var written ? (int)written : Error;
    }

    /// <summary>What became of a connection that was begun: 0, or −errno.</summary>
    public static int ConnectionError(int descriptor)
    {
        int error;
        uint length = sizeof(int);
        return Libc.GetSocketOption(descriptor, Platform.Current.SocketOptions, Platform.Current.SocketError, (byte*)&error, &length) == Libc.Ok ? -error : Error;
    }

    /// <summary>
    /// Whether a socket is connected to itself. Where nobody listens, the system may choose the very port for our own end, and
    /// TCP then connects the socket to itself (RFC 9293, 3.5: simultaneous open). That is nobody's health.
    /// </summary>
    public static bool IsConnectedToItself(int descriptor)
    {
        const int Size = 32;
        byte* own = stackalloc byte[Size], peer = stackalloc byte[Size];
        uint ownLength = Size, peerLength = Size;
        return Libc.SocketName(descriptor, own, &ownLength) == Libc.Ok && Libc.PeerName(descriptor, peer, &peerLength) == Libc.Ok
            && new ReadOnlySpan<byte>(own, (int)ownLength).SequenceEqual(new ReadOnlySpan<byte>(peer, (int)peerLength));
    }

    /// <summary>The user at the other end of a Unix socket, if it is our own, or root, or a member of a group; null for anybody else, or where the kernel does not say.</summary>
    public static uint? TrustedPeer(int descriptor, uint? group = null)
    {
        const int Size = 128; // more than struct ucred (12 bytes) and struct xucred (76)
        var credentials = stackalloc byte[Size];
        uint length = Size;
        if (Libc.GetSocketOption(descriptor, Platform.Current.SocketLevel, Platform.Current.PeerCredentials, credentials, &length) != Libc.Ok)
            return null;
        var uid = *(uint*)(credentials + Platform.Current.PeerUidOffset);
        return uid == 0 || uid == Libc.EffectiveUser() || (group is { } shared && GroupsOfPeer(descriptor, credentials).Contains(shared)) ? uid : null;
    }

    /// <summary>The groups of the process at the other end, as they were when it connected.</summary>
    private static uint[] GroupsOfPeer(int descriptor, byte* credentials)
    {
        var first = (uint*)(credentials + Platform.Current.PeerGroupOffset);
        if (Platform.Current.PeerGroups == 0)
            return new Span<uint>(first, *(short*)(first - 1)).ToArray();
        uint length = 0; // Where there are some, it answers how much room they take.
        _ = Libc.GetSocketOption(descriptor, Platform.Current.SocketLevel, Platform.Current.PeerGroups, null, &length);
        var groups = new uint[length / sizeof(uint)];
        fixed (uint* others = groups)
            return groups.Length == 0 || Libc.GetSocketOption(descriptor, Platform.Current.SocketLevel, Platform.Current.PeerGroups, (byte*)others, &length) == Libc.Ok ? [*first, .. groups] : [*first];
    }

    /// <summary>Whether the next program to be executed is to do without it.</summary>
    public static void SetClosing(int descriptor, bool closing) =>
        _ = Libc.IoControl(descriptor, closing ? Platform.Current.CloseOnExec : Platform.Current.KeepOnExec);

    /// <summary>From here on, reading and writing wait.</summary>
    public static void SetBlocking(int descriptor) => _ = Control(descriptor, SetFlags, Control(descriptor, GetFlags, 0) & ~(nint)Platform.Current.NotBlocking);

    /// <summary>Whether whole blocks are written past the page cache from here on (O_DIRECT, Linux); false where the file system does not offer that.</summary>
    public static bool TrySetDirect(int descriptor, bool direct)
    {
        var flags = Control(descriptor, GetFlags, 0) & ~(nint)Platform.Current.OpenDirect;
        return Control(descriptor, SetFlags, direct ? flags | Platform.Current.OpenDirect : flags) == Libc.Ok;
    }

    /// <summary>Gives it back.</summary>
    public static void Close(int descriptor) => _ = Libc.Close(descriptor);

    /// <summary>Gives it back, once: its number may be somebody else's a moment later.</summary>
    /// <param name="descriptor">The descriptor; -1 if it was given back, and from here on.</param>
    public static void CloseOnce(ref int descriptor)
    {
        if (descriptor >= 0)
            Close(descriptor);
        descriptor = -1;
    }

    /// <summary>Whether an error means that nothing is wrong, but nothing is there yet either.</summary>
    public static bool IsNotYet(int result) => result == -Platform.Current.TryAgain || result == -Libc.Interrupted;

    /// <summary>Whether an error is our own want of descriptors, ports or memory, which says nothing about anybody else.</summary>
    public static bool IsOurs(int result) =>
        result == -Libc.TooManyOwnFilesOpen || result == -Libc.TooManyFilesOpen || result == -Libc.NoMemory
        || result == -Platform.Current.NoBuffers || result == -Platform.Current.NoAddress || result == -Platform.Current.TryAgain;

    /// <summary>An error in words.</summary>
    public static string Describe(int result) => -result switch
    {
        var error when error == Platform.Current.Refused => "connection refused",
        var error when error == Platform.Current.Reset => "connection reset",
        var error => Marshal.GetPInvokeErrorMessage(error),
    };

    private static int Error => -Marshal.GetLastPInvokeError();

    private static int Open(int family)
    {
        var descriptor = Libc.Socket(family, Libc.Stream | Platform.Current.SocketTypeFlags, 0);
        return Platform.Current.SocketTypeFlags != 0 && descriptor >= 0 ? descriptor : Prepared(descriptor);
    }

    private static int Prepared(int descriptor)
    {
        if (descriptor < 0)
            return Error;
        SetClosing(descriptor, true);
        var flags = Control(descriptor, GetFlags, 0);
        _ = Control(descriptor, SetFlags, flags | Platform.Current.NotBlocking);
        return descriptor;
    }

    private static int Control(int descriptor, int command, nint argument) =>
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? Libc.FileControlOnStack(descriptor, command, 0, 0, 0, 0, 0, 0, argument)
            : Libc.FileControl(descriptor, command, argument);
}

/// <summary>A struct sockaddr, as connect(2) and bind(2) want it.</summary>
/// <param name="Family">AF_INET, AF_INET6 or AF_UNIX.</param>
/// <param name="Bytes">All of it.</param>
public sealed record NativeAddress(int Family, byte[] Bytes)
{
    private const int Internet6Size = 28;

    /// <summary>A port on 127.0.0.1, or on another address of four bytes.</summary>
    public static NativeAddress Internet(ReadOnlySpan<byte> address, int port)
    {
        var bytes = New(Libc.AddressInternet, 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.CopyTo(bytes.AsSpan(address.Length == 4 ? 4 : throw new ArgumentException("IPv4 addresses have four bytes")));
        return new(Libc.AddressInternet, bytes);
    }

    /// <summary>A port on an address of sixteen bytes. The flow and the scope are zero.</summary>
    public static NativeAddress Internet6(ReadOnlySpan<byte> address, int port)
    {
        var bytes = New(Platform.Current.AddressInternet6, Internet6Size);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.CopyTo(bytes.AsSpan(8));
        return new(Platform.Current.AddressInternet6, bytes);
    }

    /// <summary>A path, or with @ in front a name in Linux's abstract namespace, which begins with a zero byte.</summary>
    public static NativeAddress Unix(string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var isAbstract = path.StartsWith('@');
        var bytes = New(Libc.AddressUnix, 2 + name.Length + (isAbstract ? 0 : 1));
        name.CopyTo(bytes, 2);
        if (isAbstract)
            bytes[2] = 0;
        return new(Libc.AddressUnix, bytes);
    }

    private static byte[] New(int family, int size)
    {
        var bytes = new byte[size];
        if (Platform.Current.AddressHasLength)
            (bytes[0], bytes[1]) = ((byte)size, (byte)family);
        else
            BitConverter.TryWriteBytes(bytes, (ushort)family);
        return bytes;
    }
}

/// <summary>struct pollfd of poll(2), alike on Linux and macOS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    /// <summary>The descriptor.</summary>
    public int Descriptor;

    /// <summary>What is waited for.</summary>
    public short Events;

    /// <summary>What has come, or is wrong.</summary>
    public short Returned;
}
