using Supervisor.Https;

return args switch
{
    ["check"] => Checks.Serve(),
    ["get"] => await Notice.SendAsync(HttpMethod.Get),
    ["post"] => await Notice.SendAsync(HttpMethod.Post),
    _ => Usage.Fail("the supervisor runs this program for what needs TLS or a name server, with one argument: check, get or post"),
};
