using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Supervisor.Os;

/// <summary>
/// Processes that an earlier supervisor started and this one goes on with. They are no children of ours, so nobody
/// tells us how they end; that they do, their pidfd tells on Linux (pidfd_open(2)), and elsewhere, or where there is no
/// descriptor left for one, a look twice a second.
/// </summary>
/// <param name="ended">Called from a thread of its own when one may have ended: a hint, as SIGCHLD is.</param>
public sealed unsafe class AdoptedProcesses(Action ended)
{
    private const int NoWait = 0;
    private const int Forever = -1;
    private const int Glance = 500; // milliseconds

    private readonly Dictionary<int, (string StartTime, SafeFileHandle? Descriptor)> adopted = [];

    /// <summary>Takes one over. It may have ended already, and its id be somebody else's.</summary>
    public void Add(int pid, string startTime)
    {
        var descriptor = OpenDescriptor(pid);
        if (ProcessIdentity.StartTimeOf(pid) != startTime)
        {
            descriptor?.Dispose();
            descriptor = null;
        }
        adopted.Add(pid, (startTime, descriptor));
    }

    /// <summary>Whether this is one of them.</summary>
    public bool Contains(int pid) => adopted.ContainsKey(pid);

    /// <summary>Whether it still lives: not somebody else who was given its id.</summary>
    public bool IsAlive(int pid) => adopted.TryGetValue(pid, out var process) && ProcessIdentity.StartTimeOf(pid) == process.StartTime;

    /// <summary>One that has ended; null for none.</summary>
    public int? FirstEnded()
    {
        if (adopted.Count == 0)
            return null;
        int[] pids = [.. adopted.Keys];
        var ready = Poll([.. pids.Select(DescriptorOf)], NoWait);
        for (var i = 0; i < pids.Length; i++)
            if ((ready[i] || adopted[pids[i]].Descriptor is null) && !IsAlive(pids[i]))
                return pids[i];
        return null;
    }

    /// <summary>Lets one go.</summary>
    public void Remove(int pid)
    {
        if (adopted.Remove(pid, out var process))
            process.Descriptor?.Dispose();
    }

    /// <summary>From here on, ends are told. All are taken over by now.</summary>
    public void Watch()
    {
        var descriptors = adopted.Keys.Select(DescriptorOf).Where(descriptor => descriptor >= 0).ToList();
        var unseen = adopted.Where(process => process.Value.Descriptor is null).Select(process => (Pid: process.Key, process.Value.StartTime)).ToList();
        if (adopted.Count > 0)
            new Thread(() => Watch(descriptors, unseen)) { IsBackground = true, Name = "adopted" }.Start();
    }

    /// <summary>
    /// The loop may close a descriptor before this thread has heard that it is ready, and its number may go to another
    /// file: that costs a needless hint, after which it is not looked at again.
    /// </summary>
    private void Watch(List<int> descriptors, List<(int Pid, string StartTime)> unseen)
    {
        while (descriptors.Count + unseen.Count > 0)
        {
            var ready = Poll([.. descriptors], unseen.Count > 0 ? Glance : Forever);
            descriptors = [.. descriptors.Where((_, index) => !ready[index])];
            unseen.RemoveAll(process => ProcessIdentity.StartTimeOf(process.Pid) != process.StartTime);
            ended();
        }
    }

    private int DescriptorOf(int pid) => adopted[pid].Descriptor is { } descriptor ? (int)descriptor.DangerousGetHandle() : -1;

    private static SafeFileHandle? OpenDescriptor(int pid)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        var descriptor = Libc.SystemCall(Libc.PidfdOpen, pid, 0);
        return descriptor < 0 ? null : new SafeFileHandle((nint)descriptor, ownsHandle: true);
    }

    /// <summary>Which of these are ready. A signal that interrupts it is as good as nothing happening.</summary>
    private static bool[] Poll(int[] descriptors, int milliseconds)
    {
        var entries = descriptors.Select(descriptor => new PollEntry { Descriptor = descriptor, Events = PollEntry.In }).ToArray();
        fixed (PollEntry* first = entries)
            _ = Libc.Poll(first, (nuint)entries.Length, milliseconds);
        return [.. entries.Select(entry => entry.Returned != 0)];
    }
}

/// <summary>struct pollfd of poll(2), alike on Linux and macOS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    /// <summary>POLLIN: a pidfd is readable once its process has ended.</summary>
    public const short In = 1;

    /// <summary>The descriptor.</summary>
    public int Descriptor;

    /// <summary>What is waited for.</summary>
    public short Events;

    /// <summary>What has come, or is wrong.</summary>
    public short Returned;
}
