namespace Supervisor.Tests.Import;

public sealed class ProcfileImportTests
{
    private static readonly string Dollar = Placeholders.IsSupported ? "$$" : "$";

    [Fact]
    public void A_line_becomes_a_service_and_needs_a_shell_only_for_what_a_shell_does()
    {
        var imported = Imported.From("Procfile", """
            # as foreman runs it
            web: bundle exec puma -p $PORT -C config/puma.rb
            worker: RAILS_ENV=production QUEUE="a b" bundle exec rake jobs:work
            clock: cd app && python3 clock.py
            """);
        Assert.Equal(["web", "worker", "clock"], imported.Services.Select(service => service.Key));
        imported
            .Has("web", "cmd", $"""["sh","-c","exec bundle exec puma -p {Dollar}PORT -C config/puma.rb"]""", "")
            .Has("web", "environment", """{"PORT":"5000"}""", "")
            .Has("worker", "cmd", """["bundle","exec","rake","jobs:work"]""", "")
            .Has("worker", "environment", """{"RAILS_ENV":"production","QUEUE":"a b"}""", "")
            .Has("clock", "cmd", """["sh","-c","cd app && python3 clock.py"]""", "");
        Assert.Empty(imported.Losses);
    }

    [Fact]
    public void Variables_before_a_command_stay_before_it() =>
        Imported.From("Procfile", "web: A='x y' B=2 ./serve --home ~").Has("web", "cmd", """["sh","-c","A='x y' B=2 exec ./serve --home ~"]""", "");

    [Theory]
    [InlineData("exec ./serve", """["./serve"]""")]
    [InlineData("A=1 exec ./serve", """["./serve"]""")]
    [InlineData("exec ./serve ~", """["sh","-c","exec ./serve ~"]""")]
    public void A_shell_that_would_make_way_is_left_out(string command, string cmd) => Imported.From("Procfile", $"web: {command}").Has("web", "cmd", cmd, "");

    [Fact]
    public void Ports_are_given_as_foreman_gives_them() =>
        Imported.From("Procfile.dev", "a: sleep 1\nb: ./b $PORT").Has("b", "environment", """{"PORT":"5100"}""", "");

    [Fact]
    public void The_file_of_variables_beside_it_is_named()
    {
        using var folder = new TempFolder();
        folder.Write(".env", "A=1\n");
        Imported.From("Procfile", "a: sleep 1", folder.Path).Has("a", "env_file", "\".env\"", "1:1: a");
    }

    [Fact]
    public void Written_elsewhere_it_still_runs_where_it_ran() =>
        Imported.From("Procfile", "a: ./serve", "/usr", "/").Has("a", "working_dir", "\"/usr\"", "");

    [Fact]
    public void A_line_that_is_none_is_named() =>
        Assert.Equal(["2:1: is not NAME: COMMAND; it is left out"], Imported.From("Procfile", "a: sleep 1\nnonsense").Losses);
}
