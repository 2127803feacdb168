using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Supervisor.Tests.Probes;

namespace Supervisor.Tests.Https;

/// <summary>The program that checks what needs TLS or a name server, against endpoints of all kinds.</summary>
public sealed class CheckTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Theory]
    [InlineData("200 OK", "good HTTP 200")]
    [InlineData("204 No Content", "bad HTTP 204")]
    [InlineData("302 Found", "bad HTTP 302")]
    [InlineData("503 Service Unavailable", "bad HTTP 503")]
    public async Task The_status_200_alone_is_good_and_no_redirect_is_followed(string status, string expected)
    {
        await using var target = Endpoint.ThatSays(Ok);
        await using var endpoint = Endpoint.ThatSays($"HTTP/1.1 {status}\r\nLocation: {Url(target)}\r\nContent-Length: 0\r\n\r\n");
        using var resident = new Resident();
        Assert.Equal(expected, await resident.AskAsync(Url(endpoint)));
        Assert.Equal(expected, await resident.AskAsync(Url(endpoint)));
        Assert.Equal((2, 0), (endpoint.Connections, target.Connections));
    }

    [Fact]
    public async Task It_asks_as_it_is_told()
    {
        var asked = new TaskCompletionSource<string>();
        await using var endpoint = Endpoint.ThatAtOnce(async (client, cancel) =>
        {
            var request = new byte[4096];
            asked.SetResult(Encoding.ASCII.GetString(request, 0, await client.ReceiveAsync(request, cancel)));
            await client.SendAsync(Encoding.ASCII.GetBytes(Ok), cancel);
        });
        using var resident = new Resident();
        Assert.Equal("good HTTP 200", await resident.AskAsync(new(Url(endpoint), "/a%20b?c=d"), method: "HEAD"));
        Assert.StartsWith("HEAD /a%20b?c=d HTTP/1.1\r\n", await asked.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_is_bad()
    {
        using var resident = new Resident();
        Assert.Equal("bad connection refused", await resident.AskAsync(Unused()));
    }

    [Fact]
    public async Task One_that_does_not_answer_is_bad_when_its_time_is_up_and_holds_up_no_other()
    {
        await using var silent = Endpoint.ThatSays("HTTP/1.1 200 OK\r\n");
        await using var quick = Endpoint.ThatSays(Ok);
        using var resident = new Resident();
        resident.Ask(ulong.MaxValue, Url(silent), milliseconds: 1000);
        resident.Ask(1, Url(silent));
        resident.Ask(2, Url(quick));
        Assert.Equal("2 good HTTP 200", await resident.NextAsync());
        Assert.Equal($"{ulong.MaxValue} bad no answer within 1s", await resident.NextAsync());
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\u001b[2J\u0007\u0000 HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("a line as long as it takes, LONG\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: LONGLONG\r\n\r\n")]
    [InlineData("")]
    public async Task What_is_no_answer_of_HTTP_is_bad_and_is_told_on_one_printable_line(string answer)
    {
        await using var endpoint = Endpoint.That(async (client, cancel) =>
            await client.SendAsync(Encoding.Latin1.GetBytes(answer.Replace("LONG", new string('\a', 10_000), StringComparison.Ordinal)), cancel));
        using var resident = new Resident();
        var told = await resident.AskAsync(Url(endpoint));
        Assert.StartsWith("bad ", told, StringComparison.Ordinal);
        Assert.DoesNotContain(told, char.IsControl);
        Assert.InRange(told.Length, 5, 200);
    }

    [Fact]
    public async Task A_self_signed_certificate_is_taken_only_by_those_who_said_so()
    {
        using var certificate = SelfSigned();
        await using var endpoint = Secure(certificate);
        using var resident = new Resident();

        var before = await resident.AskAsync(Named(endpoint, "https"));
        var taken = await resident.AskAsync(Named(endpoint, "https"), insecure: true);
        var after = await resident.AskAsync(Named(endpoint, "https"));

        Assert.StartsWith("bad The remote certificate is invalid", before, StringComparison.Ordinal);
        Assert.Equal("good HTTP 200", taken);
        Assert.Equal(before, after);
    }

    [Fact]
    public async Task Whom_SSL_CERT_FILE_names_is_trusted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "macOS asks its keychain");
        using var certificate = SelfSigned();
        await using var endpoint = Secure(certificate);
        using var folder = new TempFolder();
        using var resident = new Resident(("SSL_CERT_FILE", folder.Write("c.pem", certificate.ExportCertificatePem())));
        Assert.Equal("good HTTP 200", await resident.AskAsync(Named(endpoint, "https")));
    }

    [Fact]
    public async Task A_name_is_looked_up()
    {
        await using var endpoint = Endpoint.ThatSays(Ok);
        using var resident = new Resident();
        Assert.Equal("good HTTP 200", await resident.AskAsync(Named(endpoint, "http")));
        Assert.StartsWith("bad ", await resident.AskAsync(new("http://nobody.invalid/")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_with_its_parent_whatever_is_under_way()
    {
        var asked = new TaskCompletionSource();
        await using var endpoint = Endpoint.That(async (client, cancel) =>
        {
            asked.SetResult();
            await client.ReceiveAsync(new byte[1], cancel);
        });
        using var resident = new Resident();
        resident.Ask(1, Url(endpoint));
        await asked.Task;
        resident.Close();
        Assert.Equal(0, (await resident.EndAsync()).Code);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("1 1000 GET 0")]
    [InlineData("1 1000 GET 0 http://127.0.0.1/ x")]
    [InlineData("1 1000 POST 0 http://127.0.0.1/")]
    [InlineData("1 1000 GET 2 http://127.0.0.1/")]
    [InlineData("1 -1 GET 0 http://127.0.0.1/")]
    [InlineData("x 1000 GET 0 http://127.0.0.1/")]
    [InlineData("1 1000 GET 0 ftp://127.0.0.1/")]
    [InlineData("1 1000 GET 0 /health")]
    public async Task Nonsense_ends_it(string line)
    {
        using var resident = new Resident();
        resident.Say(line + "\n");
        Assert.Equal(2, (await resident.EndAsync()).Code);
    }

    internal static Uri Url(Endpoint endpoint) => endpoint.Service.HealthUrl!;

    /// <summary>A port that was free a moment ago.</summary>
    internal static Uri Unused()
    {
        using var unused = new TcpListener(IPAddress.Loopback, 0);
        unused.Start();
        return new($"http://127.0.0.1:{((IPEndPoint)unused.LocalEndpoint).Port}/secret");
    }

    internal static Endpoint Secure(X509Certificate2 certificate) => Endpoint.ThatAtOnce(async (client, cancel) =>
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(client));
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
            await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: cancel);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Ok), cancel);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // It is not trusted, and the other side has left.
        }
    });

    internal static Uri Named(Endpoint endpoint, string scheme) => new($"{scheme}://localhost:{Url(endpoint).Port}/secret");

    internal static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
