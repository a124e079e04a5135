/*  RFC 9628 section 4.2

     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+
    |I|P|L|F|B|E|V|Z|   P: predicted from another picture; F: flexible; B, E: a layer's frame begins, ends; V: structure
    +-+-+-+-+-+-+-+-+
 I: |M| PICTURE ID  |   8 more bits if M
 L: | TID |U| SID |D|   D: predicted from the lower spatial layer
    |   TL0PICIDX   |   unless F
 P,F: | P_DIFF    |N|   up to three, while N
 V: | N_S |Y|G|-|-|-|   Y: N_S + 1 times width (16), height (16); G: N_G (8), then per picture | TID |U| R |-|-| and R P_DIFFs
    +-+-+-+-+-+-+-+-+
*/
using EventMeet.Media.Packets;

namespace EventMeet.Recorder.Depacketization;

/// <summary>A VP9 payload descriptor, as far as putting frames together needs it.</summary>
/// <param name="Length">Its size in bytes; at least one byte of payload follows.</param>
/// <param name="IsPredicted">P.</param>
/// <param name="BeginsFrame">B.</param>
/// <param name="EndsFrame">E.</param>
/// <param name="SpatialLayer">SID; 0 when there is none.</param>
internal readonly record struct Vp9Descriptor(
    int Length,
    bool IsPredicted,
    bool BeginsFrame,
    bool EndsFrame,
    int SpatialLayer
)
{
    private const int MaxReferences = 3;

    /// <summary>Reads the descriptor at the front of a payload.</summary>
    public static PacketFault TryParse(ReadOnlySpan<byte> payload, out Vp9Descriptor descriptor)
    {
        descriptor = default;
        var reader = new Reader(payload);
        var flags = reader.Next();
        if ((flags & 0x80) != 0 && (reader.Next() & 0x80) != 0)
        {
            _ = reader.Next();
        }

        var (hasLayers, isFlexible, isPredicted) = ((flags & 0x20) != 0, (flags & 0x10) != 0, (flags & 0x40) != 0);
        var spatialLayer = 0;
        if (hasLayers)
        {
            spatialLayer = (reader.Next() >> 1) & 7;
            reader.Skip(isFlexible ? 0 : 1);
        }

        if (isFlexible && isPredicted)
        {
            for (var reference = 1; (reader.Next() & 1) != 0; reference++)
            {
                if (reference == MaxReferences)
                {
                    return PacketFault.RtpMalformedPayload;
                }
            }
        }

        if ((flags & 0x02) != 0)
        {
            SkipStructure(ref reader);
        }

        if (reader.Position >= payload.Length)
        {
            return PacketFault.Truncated;
        }

        descriptor = new(reader.Position, isPredicted, (flags & 0x08) != 0, (flags & 0x04) != 0, spatialLayer);
        return PacketFault.None;
    }

    private static void SkipStructure(ref Reader reader)
    {
        var structure = reader.Next();
        reader.Skip((structure & 0x10) != 0 ? ((structure >> 5) + 1) * 4 : 0);
        var pictures = (structure & 0x08) != 0 ? reader.Next() : 0;
        for (var picture = 0; picture < pictures; picture++)
        {
            reader.Skip((reader.Next() >> 2) & 3);
        }
    }

    /// <summary>Reads bytes; zeros behind the end.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public int Position { get; private set; }

        public byte Next() => Position++ < _bytes.Length ? _bytes[Position - 1] : (byte)0;

        public void Skip(int count) => Position += count;
    }
}
