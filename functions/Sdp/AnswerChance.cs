using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Contracts;

namespace EventMeet.Functions.Sdp;

/// <summary>Where an answer's secrets and ids come from; a test may override the source of chance.</summary>
/// <param name="ids">Makes track ids.</param>
internal class AnswerChance(IdSource ids)
{
    // RFC 8839 section 5.4: ice-char, all 64 of them.
    private const string IceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    // 96 bits: a shard finds its peer by the ufrag alone, so it must be unique among all sessions ever.
    private const int UfragLength = 16;

    // 192 bits; RFC 8445 section 5.3 wants at least 128.
    private const int PwdLength = 32;

    // 96 bits (RFC 7022 section 4.2, short-term persistent).
    private const int CnameLength = 16;

    /// <summary>Makes an ICE user name fragment.</summary>
    public string NewUfrag() => NewText(UfragLength);

    /// <summary>Makes an ICE password; a secret.</summary>
    public string NewPwd() => NewText(PwdLength);

    /// <summary>Makes an RTCP canonical name.</summary>
    public string NewCname() => NewText(CnameLength);

    /// <summary>Makes a track's id.</summary>
    public TrackId NewTrack() => ids.New<TrackId>();

    /// <summary>Makes the number in an answer's o-line, below 2^62 (RFC 9429 section 5.2.1).</summary>
    public long NewOrigin()
    {
        Span<byte> chance = stackalloc byte[sizeof(long)];
        FillChance(chance);
        return BinaryPrimitives.ReadInt64BigEndian(chance) & ((1L << 62) - 1);
    }

    /// <summary>Makes an SSRC that is not among those taken, and takes it. Never 0, which means "none" in messages.</summary>
    public uint NewSsrc(ISet<uint> taken)
    {
        Span<byte> chance = stackalloc byte[sizeof(uint)];
        uint ssrc;
        do
        {
            FillChance(chance);
            ssrc = BinaryPrimitives.ReadUInt32BigEndian(chance);
        } while (ssrc == 0 || !taken.Add(ssrc));

        return ssrc;
    }

    /// <summary>Fills with chance from the operating system.</summary>
    protected virtual void FillChance(Span<byte> chance) => RandomNumberGenerator.Fill(chance);

    private string NewText(int length)
    {
        Span<byte> chance = stackalloc byte[64];
        FillChance(chance[..length]);
        return string.Create(
            length,
            chance[..length],
            static (text, chance) =>
            {
                for (var i = 0; i < text.Length; i++)
                {
                    text[i] = IceCharacters[chance[i] & 63];
                }
            }
        );
    }
}
