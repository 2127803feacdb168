using Microsoft.Playwright;
using Xunit;

namespace Supervisor.Web.Tests;

/// <summary>The system's chromium, for all tests of a class. Nothing is downloaded.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] s_places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? playwright;
    private IBrowser? chromium;

    public async ValueTask InitializeAsync()
    {
        if (s_places.FirstOrDefault(File.Exists) is not { } program)
            return;
        Assertions.SetDefaultExpectTimeout(30_000);
        playwright = await Playwright.CreateAsync();
        // As root it has no sandbox; what it shows is our own.
        chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = Environment.UserName == "root" ? ["--no-sandbox"] : [] });
    }

    /// <summary>Opens the page, as a visitor who was never there. The test is skipped where there is no browser.</summary>
    /// <param name="web">Who serves it.</param>
    /// <param name="path">What of it.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="width">The width of the window.</param>
    /// <param name="height">Its height.</param>
    /// <param name="mayComplain">Whether the browser may say that something was refused.</param>
    /// <param name="bypassesPolicy">Whether the page may do what its policy forbids.</param>
    internal async Task<OpenPage> OpenAsync(WebProgram web, string path = "/", ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800, bool mayComplain = false, bool bypassesPolicy = false)
    {
        Assert.SkipUnless(chromium is not null, "chromium is not installed (Debian: chromium)");
        var context = await chromium!.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, BypassCSP = bypassesPolicy });
        var page = await context.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, said) => complaints.Add(said.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
                complaints.Add($"{response.Request.Method} {response.Url}: {response.Status}");
        };
        await page.GotoAsync(path.StartsWith('/') ? new Uri(web.Address, path).ToString() : path);
        return new(context, page, mayComplain ? [] : complaints);
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        playwright?.Dispose();
    }
}

/// <summary>A page that is open. The browser has nothing to complain of, up to its end.</summary>
internal sealed class OpenPage(IBrowserContext context, IPage page, List<string> complaints) : IAsyncDisposable
{
    public IPage Page => page;

    public ILocator Get(string selector) => page.Locator(selector);

    public ILocator Row(string service) => page.Locator($"[id='service-{service}']");

    public ILocator Link(string service) => Row(service).GetByRole(AriaRole.Link);

    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async ValueTask DisposeAsync()
    {
        await context.DisposeAsync();
        Assert.True(complaints.Count == 0, string.Join("\n", complaints));
    }
}
