/*  RFC 8285 section 4.2, one-byte form, profile 0xBEDE; L is the length minus one
     0 1 2 3 4 5 6 7
    +-+-+-+-+-+-+-+-+=================+
    |  ID   |   L   | data, L+1 bytes |      ID 0: a padding byte      ID 15: reading stops
    +-+-+-+-+-+-+-+-+=================+

    RFC 8285 section 4.3, two-byte form, profile 0x100X (X: "appbits", ignored); L is the length
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+===============+
    |       ID      |       L       | data, L bytes |      ID 0: a padding byte, without L
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+===============+
*/
namespace EventMeet.Media.Rtp;

/// <summary>Walks over a header's extension elements, whichever form they have. Ends quietly at the first element that does not fit; the elements before it count (RFC 8285 section 4.1 lets a receiver ignore the block).</summary>
internal ref struct HeaderExtensionReader
{
    /// <summary>"Defined by profile" of the one-byte form.</summary>
    public const ushort OneByteProfile = 0xBEDE;

    /// <summary>"Defined by profile" of the two-byte form, with appbits 0.</summary>
    public const ushort TwoByteProfile = 0x1000;

    private readonly bool _oneByte;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts before the first element.</summary>
    public HeaderExtensionReader(scoped in RtpHeader header)
    {
        var profile = header.ExtensionProfile;
        _oneByte = profile == OneByteProfile;
        var known = _oneByte || (profile & 0xFFF0) == TwoByteProfile;
        _rest = known ? header.ExtensionData : default;
    }

    /// <summary>Gets the current element's id, 1 to 14 or 1 to 255.</summary>
    public byte Id { get; private set; }

    /// <summary>Gets the current element's bytes, 1 to 16 or 0 to 255 of them.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Gets how many bytes of the block are behind the current element.</summary>
    public readonly int RestLength => _rest.Length;

    /// <summary>Goes to the next element.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext() => _oneByte ? MoveNextOneByte() : MoveNextTwoByte();

    private bool MoveNextOneByte()
    {
        while (!_rest.IsEmpty)
        {
            var first = _rest[0];
            if (first == 0)
            {
                _rest = _rest[1..];
                continue;
            }

            var id = first >> 4;
            // Id 0 with a length ends the block as id 15 does (RFC 8285 section 4.2).
            return id is not (0 or 15) && Take(id, 1, (first & 0x0F) + 1);
        }

        return false;
    }

    private bool MoveNextTwoByte()
    {
        while (_rest.Length >= 2)
        {
            if (_rest[0] == 0)
            {
                _rest = _rest[1..];
                continue;
            }

            return Take(_rest[0], 2, _rest[1]);
        }

        return false;
    }

    private bool Take(int id, int headLength, int length)
    {
        if (_rest.Length < headLength + length)
        {
            _rest = default;
            return false;
        }

        Id = (byte)id;
        Value = _rest.Slice(headLength, length);
        _rest = _rest[(headLength + length)..];
        return true;
    }
}
