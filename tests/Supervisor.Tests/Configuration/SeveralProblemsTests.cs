namespace Supervisor.Tests.Configuration;

public sealed class SeveralProblemsTests
{
    [Fact]
    public void Seven_mistakes_make_seven_lines_in_the_order_of_the_file() => Assert.Equal(
        [
            """3:9: services.guardian.cmd: must be an array, such as ["python3", "guardian.py"]""",
            "3:56: services.guardian.health_port: must be a whole number from 1 to 65535, not 70000",
            "6:28: services.reaper.environment.ÄÖÜ: must be a string; write \"1\"",
            "6:32: services.reaper.helth_port: is not a known key; did you mean health_port?",
            "7:21: services.reaper.stop_timeout: '-1s' is not a duration; write for example 250ms, 2s, 1m30s, 1h, or a number of seconds",
            "7:28: services.reaper.stop_timeout: is given twice, first at 7:5; keep one of them",
            """9:14: services.factory.cmd: is missing; write for example ["python3", "guardian.py"]""",
        ],
        Read.Problems("""
            { "services": {
              "guardian": { // a comment, ünd
            	"cmd": "python3 guardian.py", /* 漢字 */ "health_port": 70000, },
              "reaper": {
                "cmd": ["/bin/sh"],
                "environment": {"ÄÖÜ": 1}, "helth_port": 8092,
                "stop_timeout": "-1s", "stop_timeout": "1s",
              },
              "factory": {},
            } }
            """));
}
