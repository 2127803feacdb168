using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Supervisor.Tests.Probes;

/// <summary>A server of its own making, whose certificate nobody vouches for.</summary>
public sealed class HttpsProberTests
{
    [Fact]
    public async Task A_self_signed_certificate_is_taken_only_by_those_who_said_so()
    {
        using var certificate = SelfSigned();
        await using var endpoint = Endpoint.ThatAtOnce((client, cancel) => ServeAsync(client, certificate, cancel));
        var service = endpoint.Service with { HealthUrl = new($"https://localhost:{endpoint.Service.HealthUrl!.Port}/health"), HealthTimeout = TimeSpan.FromSeconds(30) };
        using var prober = new HttpProber();

        var refused = await prober.ProbeAsync(service);
        var taken = await prober.ProbeAsync(service with { HealthInsecure = true });

        Assert.Equal(Verdict.Bad, refused.Verdict);
        Assert.Contains("certificate", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(new(Verdict.Good, "HTTP 200"), taken);
    }

    [Fact]
    public async Task A_server_that_never_shakes_hands_is_bad_when_the_time_is_up()
    {
        await using var endpoint = Endpoint.ThatAtOnce((_, cancel) => Task.Delay(Timeout.Infinite, cancel));
        using var prober = new HttpProber();
        var service = endpoint.Service with { HealthUrl = new($"https://localhost:{endpoint.Service.HealthUrl!.Port}/"), HealthInsecure = true };
        Assert.Equal(new(Verdict.Bad, "no answer within 500ms"), await prober.ProbeAsync(service));
    }

    private static async Task ServeAsync(Socket client, X509Certificate2 certificate, CancellationToken cancel)
    {
        try
        {
            await using var stream = new SslStream(new NetworkStream(client));
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
            await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: cancel);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), cancel);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The prober does not trust it, and has left.
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}
