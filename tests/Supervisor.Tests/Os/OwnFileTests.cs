namespace Supervisor.Tests.Os;

public sealed class OwnFileTests
{
    [Fact]
    public void What_the_system_says_is_told_and_not_taken_for_a_fault_of_the_file()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Write("f", ""), "a.log");
        Assert.Equal($"{path}: cannot be opened: Not a directory", Assert.Throws<IOException>(() => OwnFile.OpenLog(path)).Message);
    }
}
