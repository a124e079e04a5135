/*  RFC 8839 section 5.4:  a=ice-ufrag:<4*256 ice-char>  a=ice-pwd:<22*256 ice-char>
    RFC 8122 section 5:    a=fingerprint:<hash> <HH:HH:…>
    RFC 4145 section 4:    a=setup:active | passive | actpass | holdconn                     */

using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>Reads the offerer's end of the transport from the m-line that carries it, else from the session part.</summary>
internal static class OfferedTransportReader
{
    // Strongest first where we choose; SHA-256 leads because every client has it (RFC 8122 section 5).
    private static readonly (string Name, int Bytes)[] Digests = [("sha-256", 32), ("sha-384", 48), ("sha-512", 64)];

    /// <summary>Reads the transport; null when it can be used.</summary>
    public static SdpRefusal? TryRead(SdpMedia tagged, SdpSection session, out OfferedTransport? transport)
    {
        transport = null;
        var ufrag = tagged.Find("ice-ufrag") ?? session.Find("ice-ufrag");
        var pwd = tagged.Find("ice-pwd") ?? session.Find("ice-pwd");
        if (ufrag is null || pwd is null)
        {
            return tagged.MediaLine.Unusable("The offer has no \"a=ice-ufrag\" and \"a=ice-pwd\" (RFC 8839).");
        }

        if (!IsIceText(ufrag.Argument, 4))
        {
            return ufrag.Malformed("An ICE ufrag is 4 to 256 letters, digits, \"+\" or \"/\" (RFC 8839 section 5.4).");
        }

        if (!IsIceText(pwd.Argument, 22))
        {
            return pwd.Malformed("An ICE pwd is 22 to 256 letters, digits, \"+\" or \"/\" (RFC 8839 section 5.4).");
        }

        if (CheckSetup(tagged.Find("setup") ?? session.Find("setup")) is { } refusal)
        {
            return refusal;
        }

        if (TryReadFingerprint(tagged, session, out var dtls) is { } bad)
        {
            return bad;
        }

        transport = new OfferedTransport(ufrag.Argument, pwd.Argument, dtls!);
        return null;
    }

    /// <summary>Tells whether text is made of ice-chars and long enough (RFC 8839 section 5.4).</summary>
    internal static bool IsIceText(string text, int least) =>
        text.Length >= least
        && text.Length <= 256
        && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '+' or '/');

    private static SdpRefusal? CheckSetup(SdpLine? setup) =>
        setup?.Argument switch
        {
            // Absent means active (RFC 4145 section 4).
            null or "actpass" or "active" => null,
            "passive" => setup.Unusable(
                "The offer says \"a=setup:passive\", but this side is always the DTLS server; offer actpass or active."
            ),
            "holdconn" => setup.Unusable("\"a=setup:holdconn\" sets up no connection; offer actpass or active."),
            _ => setup.Malformed("\"a=setup\" must be actpass, active, passive or holdconn (RFC 4145 section 4)."),
        };

    private static SdpRefusal? TryReadFingerprint(SdpMedia tagged, SdpSection session, out DtlsSpec? dtls)
    {
        dtls = null;
        List<SdpLine> lines = [.. tagged.All("fingerprint")];
        if (lines.Count == 0)
        {
            lines.AddRange(session.All("fingerprint"));
        }

        if (lines.Count == 0)
        {
            return tagged.MediaLine.Unusable(
                "The offer has no \"a=fingerprint\"; media is encrypted with DTLS-SRTP only (RFC 8122, RFC 5763)."
            );
        }

        foreach (var (name, bytes) in Digests)
        {
            var line = lines.Find(line => line.Argument.Split(' ')[0].Equals(name, StringComparison.OrdinalIgnoreCase));
            if (line is null)
            {
                continue;
            }

            var digest = line.Argument[name.Length..].Trim();
            if (!IsDigest(digest, bytes))
            {
                return line.Malformed(
                    $"A {name} fingerprint is {bytes} bytes in hexadecimal with colons (RFC 8122 section 5)."
                );
            }

            dtls = new DtlsSpec(name, digest.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant());
            return null;
        }

        return lines[0].Unusable("None of the offered fingerprints is sha-256, sha-384 or sha-512.");
    }

    private static bool IsDigest(string digest, int bytes)
    {
        if (digest.Length != (bytes * 3) - 1)
        {
            return false;
        }

        for (var i = 0; i < digest.Length; i++)
        {
            if (i % 3 == 2 ? digest[i] != ':' : !char.IsAsciiHexDigit(digest[i]))
            {
                return false;
            }
        }

        return true;
    }
}
