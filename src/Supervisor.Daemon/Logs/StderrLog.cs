using Microsoft.Win32.SafeHandles;

namespace Supervisor.Daemon.Logs;

/// <summary>
/// <c>supervisor.log</c>: stderr of a supervisor that <c>up -d</c> has put into the background. Nobody else writes to it, so it is kept small
/// by renaming it. Any other stderr is somebody else's business.
/// </summary>
/// <param name="path">Where it lies, if stderr is that file.</param>
/// <param name="maxSize">Bytes above which it is renamed.</param>
internal sealed class StderrLog(string path, long maxSize = 10_000_000)
{
    private const int Descriptor = 2;

    /// <summary>Writes a line. On the worker: if the reader has gone, or the disk is full, supervision goes on unheard.</summary>
    public void Write(EventRecord record)
    {
        Standard.Error(record.ToLine());
        try
        {
            using var file = new SafeFileHandle(Descriptor, ownsHandle: false);
            if (FileOwner.IdAt(path) == FileOwner.IdOf(file) && RandomAccess.GetLength(file) > maxSize)
                Rotate();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it grows on.
        }
    }

    private void Rotate()
    {
        File.Move(path, $"{path}.1", overwrite: true);
        using var anew = OwnFile.OpenLog(path);
        _ = Libc.Duplicate((int)anew.DangerousGetHandle(), Descriptor);
    }
}
