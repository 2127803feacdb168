using System.Text;

namespace Supervisor.Tests.Configuration;

/// <summary>What can become wrong without an edit is told apart from what is a mistake.</summary>
public sealed class LackTests
{
    [Theory]
    [InlineData("\"working_dir\": \"/none\"", false)]
    [InlineData("\"health_cmd\": [\"/none\"]", false)]
    [InlineData("\"env_file\": \"/none\"", true)]
    [InlineData("\"user\": \"no-such-user\"", true)]
    [InlineData("\"group\": \"no-such-group\"", true)]
    [InlineData("\"limits\": {\"nofile\": 9007199254740992}", true)]
    [InlineData("\"environment\": {\"A\": \"${NO_SUCH_VARIABLE}\"}", true)]
    [InlineData("\"health_url\": \"http://localhost:${NO_SUCH_VARIABLE}/\"", true)]
    [InlineData("\"stop_timeout\": \"1x\"", null)]
    [InlineData("\"env_file\": \"/none\", \"stop_timeout\": \"1x\"", null)]
    public void Only_a_mistake_keeps_from_going_on(string keys, bool? isWanting)
    {
        var result = ConfigurationReader.Parse(Read.File, Encoding.UTF8.GetBytes("""{"services": {"a": {"cmd": ["/bin/sh"], """ + keys + """}, "b": {"cmd": ["/bin/sh"]}}}"""));
        Assert.Null(result.Value);
        Assert.Equal(isWanting is not null, result.Tentative is not null);
        Assert.Equal(isWanting is not null, result.Problems.All(problem => problem.IsOfMachine));
        if (result.Tentative is { Services: [var a, var b] })
        {
            Assert.Equal(isWanting, a.Lack is not null);
            Assert.Null(b.Lack);
        }
    }

    [Theory]
    [InlineData("state_dir")]
    [InlineData("log_dir")]
    public void Where_to_look_for_what_is_left_is_not_guessed(string key) =>
        Assert.Null(ConfigurationReader.Parse(Read.File, Encoding.UTF8.GetBytes("""{"KEY": "/x/${NO_SUCH_VARIABLE}", "services": {"a": {"cmd": ["/bin/sh"]}}}""".Replace("KEY", key, StringComparison.Ordinal))).Tentative);

    [Fact]
    public void What_the_defaults_lack_every_service_lacks()
    {
        var result = ConfigurationReader.Parse(Read.File, """{"defaults": {"user": "no-such-user"}, "services": {"a": {"cmd": ["/bin/sh"]}, "b": {"cmd": ["/bin/sh"], "user": 0}}}"""u8.ToArray());
        Assert.Single(result.Problems);
        Assert.All(result.Tentative!.Services, service => Assert.StartsWith("defaults.user: there is no user", service.Lack, StringComparison.Ordinal));
    }
}
