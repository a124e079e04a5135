/*  RFC 8840 section 9, as RFC 9725 section 4.3 uses it:
    a=ice-ufrag:…  a=ice-pwd:…  [a=group:BUNDLE …]  m=audio 9 UDP/TLS/RTP/SAVPF 0  a=mid:…  a=candidate:…  */

using System.Security.Cryptography;
using System.Text;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>
/// A fragment of a description, as a client sends it to add candidates or to restart ICE. Candidates are checked for
/// nothing: an ICE-lite peer learns where the client is from its checks.
/// </summary>
/// <param name="Ufrag">The client's ICE user name fragment; null when it does not say.</param>
/// <param name="Pwd">The client's ICE password; a secret.</param>
internal sealed record IceFragment(string? Ufrag, string? Pwd)
{
    /// <summary>Tells whether the fragment belongs to a session's present ICE generation.</summary>
    public bool IsOf(IceSpec ice) =>
        (Ufrag is null || string.Equals(Ufrag, ice.RemoteUfrag, StringComparison.Ordinal))
        && (Pwd is null || IsSecret(Pwd, ice.RemotePwd));

    /// <summary>Reads a fragment; null when it is well-formed.</summary>
    public static SdpRefusal? TryRead(string text, out IceFragment? fragment)
    {
        fragment = null;
        if (text.Length > SdpReader.MaxLength)
        {
            return new(SdpRefusalKind.Malformed, 0, $"The fragment is longer than {SdpReader.MaxLength} characters.");
        }

        if (SdpReader.TrySplit(text, out var lines) is { } malformed)
        {
            return malformed;
        }

        if (lines.Find(line => line.Type is not ('a' or 'm' or 'c' or 'b')) is { } stray)
        {
            return stray.Malformed($"\"{stray.Type}=\" does not belong in a fragment (RFC 8840 section 9).");
        }

        SdpSection section = new(lines);
        var ufrag = section.Find("ice-ufrag");
        var pwd = section.Find("ice-pwd");
        if (ufrag is not null && !OfferedTransportReader.IsIceText(ufrag.Argument, 4))
        {
            return ufrag.Malformed("An ICE ufrag is 4 to 256 letters, digits, \"+\" or \"/\" (RFC 8839 section 5.4).");
        }

        if (pwd is not null && !OfferedTransportReader.IsIceText(pwd.Argument, 22))
        {
            return pwd.Malformed("An ICE pwd is 22 to 256 letters, digits, \"+\" or \"/\" (RFC 8839 section 5.4).");
        }

        fragment = new IceFragment(ufrag?.Argument, pwd?.Argument);
        return null;
    }

    /// <summary>Writes the reply to an ICE restart: this side's new credentials and its candidates (RFC 9725 section 4.3.3).</summary>
    /// <param name="answer">The session's new answer.</param>
    public static string Write(SdpDescription answer)
    {
        SdpWriter writer = new();
        var tagged = answer.Media.First(media => media.Port != 0);
        foreach (var line in answer.Session.Lines)
        {
            if (line.Attribute is "ice-lite" or "ice-options" or "group")
            {
                writer.Line('a', $"{line.Value}");
            }
        }

        foreach (var line in tagged.Lines)
        {
            if (
                line.Type == 'm'
                || line.Attribute is "mid" or "ice-ufrag" or "ice-pwd" or "candidate" or "end-of-candidates"
            )
            {
                writer.Line(line.Type, $"{line.Value}");
            }
        }

        return writer.ToString();
    }

    private static bool IsSecret(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
