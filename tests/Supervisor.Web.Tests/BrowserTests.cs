using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;
using static Supervisor.EndToEnd.Tests.Daemons;

namespace Supervisor.Web.Tests;

/// <summary>The page, in a real browser: Debian's chromium.</summary>
public sealed class BrowserTests(Browser browser, ITestOutputHelper output) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_service_that_is_killed_goes_red_with_the_words_of_status_and_comes_back()
    {
        await using var deployment = await Deployment.Of(("a", Dispatch("a", Ports.Free())), ("b", Shell("exec sleep 1000").With(("backoff_initial", "3s")))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await Expect(page.Row("a")).ToHaveClassAsync("well");
        await Expect(page.Row("b")).ToHaveClassAsync("well");
        await Expect(page.Get("#summary")).ToHaveTextAsync("All 2 services are well");
        await Expect(page.Get("#notes")).ToBeHiddenAsync();

        Signals.Send(await deployment.PidAsync("b"), "KILL");
        await Expect(page.Row("b")).ToHaveClassAsync("failed");
        await Expect(page.Row("b")).ToContainTextAsync("backoff");
        await Expect(page.Get("#notes-list")).ToContainTextAsync("b: killed by SIGKILL ");
        await Expect(page.Get("#notes-list")).ToContainTextAsync("; next start in ");
        await Expect(page.Get("#told")).ToHaveTextAsync("b: backoff");
        await Expect(page.Page).ToHaveTitleAsync("(1) supervisor");
        await Expect(page.Row("b").Locator(".strip svg")).ToHaveAttributeAsync("aria-label", "Health in the last 2 hours: not well at some time in 5 minutes");

        await Expect(page.Row("b")).ToHaveClassAsync("well");
        await Expect(page.Row("b").Locator("td").Nth(4)).ToHaveTextAsync("1");
        await Expect(page.Get("#notes")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Restart_stop_and_start_are_a_press_away()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await page.Link("a").ClickAsync();
        var before = await deployment.PidAsync("a");
        await Expect(page.Get("#detail-state")).ToContainTextAsync($"running (pid {before}) for ");
        await Expect(page.Button("Start")).ToBeDisabledAsync();
        // It is said until the restart shows, which may be sooner than anybody looks.
        await page.Get("#said").EvaluateAsync("said => { window.told = []; new MutationObserver(() => window.told.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true }); }");
        await page.Button("Restart").ClickAsync();
        await Commands.UntilAsync(() => page.Page.EvaluateAsync<string[]>("() => window.told"), told => told.Contains("restart: asked for"));
        var after = await Commands.UntilAsync(() => deployment.PidOrNoneAsync("a"), pid => pid != 0 && pid != before);
        await Expect(page.Row("a").Locator("td").First).ToHaveTextAsync($"{after}");
        await Expect(page.Get("#events")).ToContainTextAsync($"started (pid {after})");
        await page.Button("Stop").ClickAsync();
        await Expect(page.Row("a")).ToHaveClassAsync("stopped chosen");
        await Expect(page.Button("Stop")).ToBeDisabledAsync();
        await page.Button("Start").ClickAsync();
        await Expect(page.Row("a")).ToHaveClassAsync("well chosen");
    }

    [Fact]
    public async Task A_log_is_followed_and_what_is_in_it_stays_text()
    {
        await using var deployment = await Deployment.Of(("a", Shell("echo '<img src=x onerror=alert(1)>'; i=0; while :; do i=$((i+1)); echo line $i of it; sleep 0.2; done"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await page.Link("a").ClickAsync();
        await Expect(page.Get("#log")).ToContainTextAsync("<img src=x onerror=alert(1)>\nline 1 of it");
        await Expect(page.Get("#log")).ToContainTextAsync("line 20 of it\nline 21 of it");
        await Expect(page.Get("#log img")).ToHaveCountAsync(0);
        // At its end as it grows.
        Assert.True(await page.Get("#log").EvaluateAsync<bool>("log => log.scrollHeight > log.clientHeight && log.scrollHeight - log.scrollTop - log.clientHeight < 30"));
        await page.Page.GetByLabel("follow").UncheckAsync();
        var kept = await page.Get("#log").TextContentAsync();
        var line = await deployment.ReadAsync("logs/a.log") is var text ? text.Split('\n').Length : 0;
        await Commands.UntilAsync(async () => (await deployment.ReadAsync("logs/a.log")).Split('\n').Length, lines => lines > line + 3);
        Assert.Equal(kept, await page.Get("#log").TextContentAsync());
    }

    [Fact]
    public async Task What_why_tells_stands_there()
    {
        await using var deployment = Deployment.Of(("a", Shell("echo out of fish; exit 3").With(("backoff_initial", "60s"))));
        await deployment.StartListeningAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web, "/#/a");
        await Expect(page.Get("#why")).ToContainTextAsync("a: exited with code 3");
        await Expect(page.Get("#why")).ToContainTextAsync("  out of fish");
        await Expect(page.Get("#why")).ToContainTextAsync("waiting to restart: in ");
        await Expect(page.Get("#events")).ToContainTextAsync("restarting in 1m 00s");
        await Expect(page.Get("#since")).ToContainTextAsync("and lost when that ends");
        await Expect(page.Get("#plots figure")).ToHaveCountAsync(3);
    }

    [Fact]
    public async Task Without_the_token_nobody_gets_in()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment, "--token-file", RequestTests.TokenFile(deployment, "sesame"));
        await using var page = await browser.OpenAsync(web, mayComplain: true);
        await Expect(page.Get("#services")).ToHaveCountAsync(0);
        await page.Page.GetByLabel("Token").FillAsync("wrong");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("That is not the token.");
        await page.Page.GetByLabel("Token").FillAsync("sesame");
        await page.Page.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Row("a")).ToHaveClassAsync("well");
        await page.Link("a").ClickAsync();
        await page.Button("Stop").ClickAsync();
        await Expect(page.Row("a")).ToHaveClassAsync("stopped chosen");
    }

    /// <summary>Another site, in the same browser, asks for a restart in the name of its visitor.</summary>
    [Fact]
    public async Task Another_site_can_do_nothing()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var other = await Deployment.Of(("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var elsewhere = await WebProgram.StartAsync(other);
        var pid = await deployment.PidAsync("a");
        await using var page = await browser.OpenAsync(elsewhere, mayComplain: true, bypassesPolicy: true);
        var csrf = await web.CsrfAsync();
        var asked = await page.Page.EvaluateAsync<string>(
            """
            async ([target, token]) => {
              const plain = await fetch(target, { method: "POST", mode: "no-cors" }).then(answer => answer.type, error => "refused");
              const headed = await fetch(target, { method: "POST", headers: { "X-CSRF-Token": token } }).then(answer => String(answer.status), error => "refused");
              const read = await fetch(new URL("/services/a", target)).then(answer => String(answer.status), error => "refused");
              return `${plain} ${headed} ${read}`;
            }
            """,
            new[] { new Uri(web.Address, "/services/a/restart").ToString(), csrf.Value });
        // What is opaque was sent, and answered with 403; its page cannot see that.
        Assert.Contains(asked, (string[])["opaque refused refused", "refused refused refused"]);
        Assert.Equal(pid, await deployment.PidAsync("a"));
    }

    [Fact]
    public async Task A_supervisor_that_ends_dies_or_is_replaced_is_waited_for()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await Expect(page.Row("a")).ToHaveClassAsync("well");
        await Expect(page.Get("#lost")).ToBeHiddenAsync();

        await deployment.KillAsync();
        await Expect(page.Get("#lost")).ToBeVisibleAsync();
        await Expect(page.Get("#lost-why")).ToContainTextAsync("the services may well run on");
        await deployment.StartHealthyAsync();
        await Expect(page.Get("#lost")).ToBeHiddenAsync();
        await Expect(page.Get("#summary")).ToHaveTextAsync("All 1 services are well");

        await deployment.DoneAsync("upgrade");
        await deployment.DoneAsync("restart", "a");
        await Expect(page.Row("a").Locator("td").First).ToHaveTextAsync($"{await deployment.PidAsync("a")}");

        await deployment.DoneAsync("down");
        await Expect(page.Get("#lost-why")).ToContainTextAsync("no supervisor is running for ");
        await deployment.StartHealthyAsync();
        await Expect(page.Row("a").Locator("td").First).ToHaveTextAsync($"{await deployment.PidAsync("a")}");
        await Expect(page.Get("#lost")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Services_come_and_go_with_a_reload()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await Expect(page.Get("#rows th")).ToHaveTextAsync(["a", "b"]);
        deployment.Rewrite(services =>
        {
            services.Remove("a");
            services["c"] = Shell("exec sleep 1000");
        });
        await deployment.DoneAsync("reload");
        await Expect(page.Get("#rows th")).ToHaveTextAsync(["b", "c"]);
    }

    /// <summary>Maybe it is a newer one, with other files: the page loads itself again, and can change things again.</summary>
    [Fact]
    public async Task A_page_outlives_the_program_that_serves_it()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        var listen = $"127.0.0.1:{Ports.Free()}";
        await using var page = await OpenAndEndAsync();
        await Expect(page.Get("#lost-why")).ToContainTextAsync("supervisor-web, does not answer");
        await using var web = await WebProgram.StartAsync(deployment, "--listen", listen);
        await Expect(page.Get("#lost")).ToBeHiddenAsync();
        var before = await deployment.PidAsync("a");
        await page.Link("a").ClickAsync();
        await page.Button("Restart").ClickAsync();
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("a"), pid => pid != 0 && pid != before);

        async Task<OpenPage> OpenAndEndAsync()
        {
            await using var first = await WebProgram.StartAsync(deployment, "--listen", listen);
            var opened = await browser.OpenAsync(first, mayComplain: true);
            await Expect(opened.Row("a")).ToHaveClassAsync("well");
            return opened;
        }
    }

    [Fact]
    public async Task Read_only_has_no_buttons()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment, "--read-only");
        await using var page = await browser.OpenAsync(web, "/#/a");
        await Expect(page.Get("#detail-state")).ToContainTextAsync("running");
        await Expect(page.Get("#actions")).ToBeHiddenAsync();
        await Expect(page.Page.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Expect(page.Get("#supervisor")).ToContainTextAsync("read-only");
    }

    [Fact]
    public async Task A_keyboard_is_enough()
    {
        await using var deployment = await Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exec sleep 1000"))).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web);
        await Expect(page.Row("b")).ToHaveClassAsync("well");
        foreach (var _ in new[] { "to the table", "a", "b" })
            await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Link("b")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Get("#detail-name")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Get("#close")).ToBeFocusedAsync();
        await page.Page.Keyboard.PressAsync("Tab");
        await Expect(page.Button("Restart")).ToBeFocusedAsync();
        var before = await deployment.PidAsync("b");
        await page.Page.Keyboard.PressAsync("Enter");
        await Commands.UntilAsync(() => deployment.PidOrNoneAsync("b"), pid => pid != 0 && pid != before);
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Get("#detail")).ToBeHiddenAsync();
        await Expect(page.Link("b")).ToBeFocusedAsync();
    }

    /// <summary>axe-core looks for what keeps people from reading a page: names that are missing, too little contrast, headings out of order.</summary>
    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task A_screen_reader_and_tired_eyes_find_their_way(ColorScheme scheme)
    {
        await using var deployment = Deployment.Of(("a", Shell("exec sleep 1000")), ("b", Shell("exit 3").With(("backoff_initial", "60s"))), ("c", Shell("exec sleep 1000").With(("autostart", false))));
        await deployment.StartListeningAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web, scheme: scheme);
        await Expect(page.Row("b")).ToHaveClassAsync("failed");
        await NoObjectionAsync();
        await page.Link("b").First.ClickAsync();
        await Expect(page.Get("#why")).ToContainTextAsync("exited with code 3");
        await NoObjectionAsync();
        var back = await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(22, 25, 28)" : "rgb(251, 251, 250)", back);

        async Task NoObjectionAsync() =>
            Assert.Empty((await page.Page.RunAxe()).Violations.Select(found => $"{found.Id}: {found.Help}: {string.Join(' ', found.Nodes.Select(node => node.Html))}"));
    }

    [Fact]
    public async Task It_fits_a_phone()
    {
        await using var deployment = Deployment.Of(("a-service-with-quite-a-long-name-for-a-phone", Shell("exit 3").With(("backoff_initial", "60s"))), ("b", Shell("exec sleep 1000")));
        await deployment.StartListeningAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web, width: 360, height: 740);
        await Expect(page.Row("a-service-with-quite-a-long-name-for-a-phone")).ToHaveClassAsync("failed");
        await NothingSticksOutAsync();
        await page.Link("b").ClickAsync();
        await Expect(page.Get("#overview")).ToBeHiddenAsync();
        await NothingSticksOutAsync();
        await page.Get("#close").ClickAsync();
        await Expect(page.Get("#overview")).ToBeVisibleAsync();

        async Task NothingSticksOutAsync() => Assert.Equal(360, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    /// <summary>Whatever is shown, a page has one stream; and it asks nobody but us. How fast it is, and how small, is written to the output of the test.</summary>
    [Fact]
    public async Task A_hundred_services_are_one_stream()
    {
        await using var deployment = await Deployment.Of([.. Enumerable.Range(1, 100).Select(number => ($"service-{number:000}", Shell("exec sleep 1000")))]).StartHealthyAsync();
        await using var web = await WebProgram.StartAsync(deployment);
        await using var page = await browser.OpenAsync(web, "about:blank");
        var asked = new List<Uri>();
        page.Page.Request += (_, request) => asked.Add(new(request.Url));
        for (var time = 1; time <= 5; time++)
        {
            asked.Clear();
            await page.Page.GotoAsync(web.Address.ToString());
            await Expect(page.Get("#rows tr")).ToHaveCountAsync(100);
            await Expect(page.Get("#summary")).ToHaveTextAsync("All 100 services are well");
            Assert.Single(asked, uri => uri.AbsolutePath == "/events");
            Assert.All(asked, uri => Assert.Equal(web.Address.Authority, uri.Authority));
            output.WriteLine($"first paint after {await page.Page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime"):0} ms, all rows after {await page.Page.EvaluateAsync<double>("performance.getEntriesByName('rows')[0].startTime"):0} ms");
            await page.Page.GotoAsync("about:blank");
        }
        if (OperatingSystem.IsLinux())
            output.WriteLine(File.ReadLines($"/proc/{web.Pid}/smaps_rollup").Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)));
    }
}
