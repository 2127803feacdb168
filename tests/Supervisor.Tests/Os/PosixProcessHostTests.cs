namespace Supervisor.Tests.Os;

public sealed class PosixProcessHostTests
{
    /// <summary>ESRCH: the process, or its group, has just gone, which is what was wanted.</summary>
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-int.MaxValue)]
    public void A_signal_to_a_process_that_has_gone_is_no_error(int pid) => new PosixProcessHost(new("/", "/", [])).Kill(pid, "SIGTERM");
}
