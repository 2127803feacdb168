using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Supervisor.Https;

/// <summary>
/// Whose certificates are trusted. Left to itself on a Debian, the runtime reads the same 144 certificates three times (the
/// bundle, and two names for each in /etc/ssl/certs) before the first handshake, even where any certificate is taken. In
/// processor time: 79 ms for one https request, of which 36 are left with the bundle alone, and 10 with nothing. So a
/// notice has the bundle alone; and a check has nothing, unless it is a verified one, for which the bundle is read here.
/// Whoever sets SSL_CERT_FILE or SSL_CERT_DIR has what OpenSSL makes of it, and so have systems without that bundle.
/// </summary>
internal static class Trust
{
    public const string Bundle = "/etc/ssl/certs/ca-certificates.crt";
    private const string FileVariable = "SSL_CERT_FILE";
    private const string FolderVariable = "SSL_CERT_DIR";

    private static readonly bool s_isOurs = OperatingSystem.IsLinux() && IsUnset(FileVariable) && IsUnset(FolderVariable) && File.Exists(Bundle);
    private static volatile Roots? s_roots;

    /// <summary>Has the runtime read this file alone, or none. To be called before there is another thread.</summary>
    public static void LimitRuntimeTo(string file)
    {
        if (!s_isOurs)
            return;
        _ = Libc.SetVariable(FileVariable, file, 1);
        _ = Libc.SetVariable(FolderVariable, "", 1);
    }

    /// <summary>Takes any certificate, for those who said so: of what is asked on this machine, a self-signed one is the rule.</summary>
    public static void Anybody(SslClientAuthenticationOptions options)
    {
#pragma warning disable CA5359 // That is what was asked for.
        options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        // Else it would ask on the net for the issuers that it lacks.
        options.CertificateChainPolicy = new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
    }

    /// <summary>Takes those that the bundle vouches for. An update of the bundle holds from the next check on.</summary>
    public static void Known(SslClientAuthenticationOptions options)
    {
        if (!s_isOurs)
            return;
        var written = File.GetLastWriteTimeUtc(Bundle);
        if (s_roots is not { } roots || roots.Written != written)
        {
            roots = new([], written);
            roots.Certificates.ImportFromPemFile(Bundle);
            s_roots = roots;
        }
        // But for the store, these are the runtime's own terms.
        options.CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(roots.Certificates);
    }

    private static bool IsUnset(string variable) => Environment.GetEnvironmentVariable(variable) is null;

    private sealed record Roots(X509Certificate2Collection Certificates, DateTime Written);
}
