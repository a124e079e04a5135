using System.Buffers.Binary;

namespace EventMeet.Testing.Content;

/*  What a synthetic participant sends in place of a picture or a sound, so that whoever receives it knows whose it is and
    that nothing was changed on the way:

     0                   1                   2                   3
    | 'E'           | 'M'           |          participant          |
    | track         | layer         | position      | count         |
    |                            frame                              |
    |                           checksum                            |
    | fill, made from the fields above ...                          |
*/

/// <summary>Names the origin of one packet's content.</summary>
/// <param name="Participant">Whose.</param>
/// <param name="Track">Which of their tracks.</param>
/// <param name="Layer">Which encoding of it, from 0.</param>
/// <param name="Frame">Counts frames, the same in every layer.</param>
/// <param name="Position">Of this packet in the frame, from 0.</param>
/// <param name="Count">Packets in the frame.</param>
internal readonly record struct ContentSignature(
    ushort Participant,
    byte Track,
    byte Layer,
    uint Frame,
    byte Position,
    byte Count
)
{
    /// <summary>The shortest content, in bytes.</summary>
    public const int Length = 16;

    /// <summary>Gets a value indicating whether this is the frame's last packet.</summary>
    public bool IsLast => Position == Count - 1;

    private uint Seed =>
        (Participant * 0x9E37_79B1u) ^ (Frame * 0x85EB_CA6Bu) ^ ((uint)Track << 16) ^ ((uint)Layer << 8) ^ Position;

    /// <summary>Reads a signature and checks every byte behind it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out ContentSignature signature)
    {
        signature = default;
        if (content.Length < Length || content[0] != 'E' || content[1] != 'M')
        {
            return false;
        }

        signature = new(
            BinaryPrimitives.ReadUInt16BigEndian(content[2..]),
            content[4],
            content[5],
            BinaryPrimitives.ReadUInt32BigEndian(content[8..]),
            content[6],
            content[7]
        );
        return BinaryPrimitives.ReadUInt32BigEndian(content[12..]) == signature.Checksum(content[Length..]);
    }

    /// <summary>Fills all of the content.</summary>
    public void Write(Span<byte> content)
    {
        content[0] = (byte)'E';
        content[1] = (byte)'M';
        BinaryPrimitives.WriteUInt16BigEndian(content[2..], Participant);
        content[4] = Track;
        content[5] = Layer;
        content[6] = Position;
        content[7] = Count;
        BinaryPrimitives.WriteUInt32BigEndian(content[8..], Frame);
        var state = Seed | 1;
        var fill = content[Length..];
        for (var i = 0; i < fill.Length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            fill[i] = (byte)(state >> 24);
        }

        BinaryPrimitives.WriteUInt32BigEndian(content[12..], Checksum(fill));
    }

    private uint Checksum(ReadOnlySpan<byte> fill)
    {
        var sum = Seed ^ ((uint)Count << 24) ^ (uint)fill.Length;
        foreach (var value in fill)
        {
            sum = (sum ^ value) * 16_777_619;
        }

        return sum;
    }
}
