/*  RFC 2198 section 3, one header per block, then the blocks

     0                   1                    2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3  4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |1|   block PT  |  timestamp offset         |   block length    |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |0|   block PT  |  the primary block: this packet's timestamp, the rest of the bytes
    +-+-+-+-+-+-+-+-+
*/
using System.Buffers.Binary;
using EventMeet.Media.Packets;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>Redundant Opus: what an earlier packet carried is taken from a later one if the earlier one is lost.</summary>
internal sealed class RedDepacketizer : Depacketizer
{
    private const int RedundantHeaderLength = 4;

    private static readonly TrackFormat Format = TrackFormat.Opus(2);

    private long _newest = long.MinValue;
    private bool _lost;

    /// <inheritdoc/>
    public override bool NeedsKeyFrame => false;

    /// <inheritdoc/>
    public override PacketFault HandlePacket(long timestamp, bool marker, ReadOnlySpan<byte> payload)
    {
        var headers = payload;
        var redundantLength = 0;
        while (headers.Length > RedundantHeaderLength && (headers[0] & 0x80) != 0)
        {
            redundantLength += BinaryPrimitives.ReadUInt16BigEndian(headers[2..]) & 0x3FF;
            headers = headers[RedundantHeaderLength..];
        }

        if (headers.IsEmpty || (headers[0] & 0x80) != 0 || headers.Length - 1 < redundantLength)
        {
            return PacketFault.RtpMalformedPayload;
        }

        var blocks = headers[1..];
        for (var header = payload; (header[0] & 0x80) != 0; header = header[RedundantHeaderLength..])
        {
            var word = BinaryPrimitives.ReadUInt32BigEndian(header);
            var length = (int)(word & 0x3FF);
            Take(timestamp - ((word >> 10) & 0x3FFF), blocks[..length], onlyIfLost: true);
            blocks = blocks[length..];
        }

        Take(timestamp, blocks, onlyIfLost: false);
        _lost = false;
        return PacketFault.None;
    }

    /// <inheritdoc/>
    public override void HandleLoss() => _lost = true;

    /// <inheritdoc/>
    public override void Finish()
    {
        // Every packet was handed out at once.
    }

    private void Take(long timestamp, ReadOnlySpan<byte> block, bool onlyIfLost)
    {
        // Without a loss, older blocks were handed out when they were primary, or belong to before the beginning.
        if (block.IsEmpty || (onlyIfLost && (!_lost || timestamp <= _newest)))
        {
            return;
        }

        _newest = Math.Max(_newest, timestamp);
        HandOut(new(timestamp, IsKeyFrame: true, block.ToArray(), Format, Size: null));
    }
}
