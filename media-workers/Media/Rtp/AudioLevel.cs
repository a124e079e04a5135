/*  RFC 6464 section 3, one-byte form (the two-byte form carries the same byte)
     0                   1
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |  ID   | len=0 |V| level       |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
namespace EventMeet.Media.Rtp;

/// <summary>How loud a packet's audio is (RFC 6464).</summary>
/// <param name="Attenuation">0 (loudest) to 127 (silence), in -dBov.</param>
/// <param name="IsVoice">The sender believes that someone speaks.</param>
internal readonly record struct AudioLevel(byte Attenuation, bool IsVoice)
{
    /// <summary>Reads the extension's value.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out AudioLevel level)
    {
        var present = !value.IsEmpty;
        level = present ? new((byte)(value[0] & 0x7F), (value[0] & 0x80) != 0) : new(127, IsVoice: false);
        return present;
    }

    /// <summary>Gets the extension's value.</summary>
    public byte ToByte() => (byte)((IsVoice ? 0x80 : 0) | (Attenuation & 0x7F));
}
