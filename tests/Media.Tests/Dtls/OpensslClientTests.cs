using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EventMeet.Media.Dtls;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Dtls;

/// <summary>Our server against OpenSSL's own client program, which knows nothing of this code.</summary>
public sealed class OpensslClientTests : IDisposable
{
    private const string Openssl = "/usr/bin/openssl";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("eventmeet-dtls");
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public OpensslClientTests() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("SRTP_AEAD_AES_128_GCM", "ECDHE-ECDSA-AES128-GCM-SHA256", SrtpProfile.AeadAes128Gcm)]
    [InlineData("SRTP_AES128_CM_SHA1_80", "ECDHE-ECDSA-CHACHA20-POLY1305", SrtpProfile.AesCm128HmacSha1Tag80)]
    public async Task Agrees_with_s_client_on_keys_and_talks_both_ways(string srtp, string cipher, SrtpProfile profile)
    {
        Assert.SkipUnless(File.Exists(Openssl), "The openssl program is not installed.");
        using var patience = new CancellationTokenSource(Patience);
        using var server = new DtlsAssociation(Identities.Server, DtlsRole.Server, WriteCertificate());
        using var client = StartClient(srtp, cipher, SrtpKeyMaterial.LengthOf(profile));
        try
        {
            var output = client.StandardOutput.ReadToEndAsync(patience.Token);
            EndPoint peer = await TalkUntil(server, () => server.State != DtlsState.Handshaking, patience.Token);
            Assert.Equal(DtlsState.Connected, server.State);
            Assert.Equal(profile, server.SrtpProfile);
            var material = new byte[SrtpKeyMaterial.LengthOf(profile)];
            Assert.True(server.ExportSrtpKeys(material));

            await client.StandardInput.WriteLineAsync("from the client".AsMemory(), patience.Token);
            await client.StandardInput.FlushAsync(patience.Token);
            var received = new byte[DtlsAssociation.MaxDatagramLength];
            var length = 0;
            _ = await TalkUntil(server, () => server.TryTakeApplicationData(received, out length), patience.Token);
            Assert.Equal("from the client\n", Encoding.ASCII.GetString(received, 0, length));

            Assert.True(server.Send("from the server\n"u8));
            server.Close();
            await Send(server, peer, patience.Token);
            client.StandardInput.Close();
            var told = await output;
            Assert.Contains("from the server", told, StringComparison.Ordinal);
            Assert.Contains($"Keying material: {Convert.ToHexString(material)}", told, StringComparison.Ordinal);
            Assert.Contains("Extended master secret: yes", told, StringComparison.Ordinal);
        }
        finally
        {
            client.Kill();
        }
    }

    private DtlsFingerprint WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=s_client", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(Identities.NotBefore, Identities.NotBefore.AddDays(1));
        File.WriteAllText(PathOf("cert"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("key"), key.ExportPkcs8PrivateKeyPem());
        return DtlsFingerprint.OfCertificate(certificate.RawData);
    }

    private Process StartClient(string srtp, string cipher, int materialLength)
    {
        string[] arguments =
        [
            "s_client",
            "-dtls1_2",
            "-connect",
            _socket.LocalEndPoint!.ToString()!,
            "-use_srtp",
            srtp,
            "-cipher",
            cipher,
            "-cert",
            PathOf("cert"),
            "-key",
            PathOf("key"),
            "-keymatexport",
            SrtpKeyMaterial.ExporterLabel,
            "-keymatexportlen",
            materialLength.ToString(provider: null),
        ];
        var start = new ProcessStartInfo(Openssl, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private async Task<EndPoint> TalkUntil(DtlsAssociation server, Func<bool> done, CancellationToken stopping)
    {
        EndPoint peer = new IPEndPoint(IPAddress.Loopback, 0);
        var buffer = new byte[DtlsAssociation.MaxDatagramLength];
        do
        {
            var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, peer, stopping);
            peer = received.RemoteEndPoint;
            _ = server.HandleDatagram(buffer.AsSpan(0, received.ReceivedBytes), MonotonicTime.Zero);
            await Send(server, peer, stopping);
        } while (!done());

        return peer;
    }

    private async Task Send(DtlsAssociation server, EndPoint peer, CancellationToken stopping)
    {
        var buffer = new byte[DtlsOptions.Default.Mtu];
        while (server.TryTakeDatagram(buffer, out var length))
        {
            _ = await _socket.SendToAsync(buffer.AsMemory(0, length), SocketFlags.None, peer, stopping);
        }
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, $"{name}.pem");
}
