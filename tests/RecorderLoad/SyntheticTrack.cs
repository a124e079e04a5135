using System.Buffers.Binary;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Testing.Content;
using EventMeet.Testing.Network;

namespace EventMeet.RecorderLoad;

/// <summary>A VP8-shaped track of a steady rate: 30 frames per second, a key frame every four seconds and whenever one is asked for.</summary>
internal sealed class SyntheticTrack
{
    private const int FramesPerSecond = 30;
    private const int KeyInterval = 120; // frames
    private const int ClockRate = 90_000;

    private readonly uint _ssrc;
    private readonly int _frameLength;
    private readonly MonotonicTime _start;
    private readonly byte[] _packet = new byte[1400];
    private ushort _sequenceNumber = 1;
    private int _frames;
    private MonotonicTime _nextReport;

    public SyntheticTrack(string id, uint ssrc, int bitsPerSecond, MonotonicTime start)
    {
        (_ssrc, _frameLength, _start, _nextReport) = (ssrc, bitsPerSecond / 8 / FramesPerSecond, start, start);
        Description = new(
            id,
            "part_1",
            MediaKind.Video,
            TrackSource.Camera,
            Muted: false,
            ssrc,
            ssrc + 1,
            1,
            96,
            97,
            "VP8",
            ClockRate,
            0,
            null
        );
    }

    public RelayTrackDescription Description { get; }

    /// <summary>Sends what is due.</summary>
    /// <returns>How many packets.</returns>
    public int SendUntil(SyntheticRelay relay, MonotonicTime now, NtpTime wall)
    {
        var packets = 0;
        var isAsked = relay.KeyFrameRequests.Remove(_ssrc);
        while (_start + TimeSpan.FromSeconds((double)_frames / FramesPerSecond) <= now)
        {
            var isKey = _frames % KeyInterval == 0 || isAsked;
            isAsked = false;
            packets += SendFrame(relay, isKey);
            _frames++;
        }

        if (now >= _nextReport)
        {
            _nextReport = now + TimeSpan.FromSeconds(1);
            relay.Report(_ssrc, new SenderInfo(wall, (uint)((now - _start).TotalSeconds * ClockRate), 0, 0));
        }

        return packets;
    }

    private int SendFrame(SyntheticRelay relay, bool isKey)
    {
        var count = VideoPackets.CountFor(_frameLength);
        var frame = new VideoFrame(
            isKey,
            Height: 360,
            _frameLength,
            (ushort)(_frames & 0x7FFF),
            (byte)_frames,
            KeyIndex: 0
        );
        for (var position = 0; position < count; position++)
        {
            _packet[0] = 0x80;
            _packet[1] = (byte)(96 | (position == count - 1 ? 0x80 : 0));
            BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), _sequenceNumber++);
            BinaryPrimitives.WriteUInt32BigEndian(
                _packet.AsSpan(4),
                (uint)((long)_frames * ClockRate / FramesPerSecond)
            );
            BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(8), _ssrc);
            var signature = new ContentSignature(1, 1, 0, (uint)_frames, (byte)position, (byte)count);
            var length = VideoPackets.Write(_packet.AsSpan(12), signature, frame);
            relay.Send(_packet.AsSpan(0, 12 + length));
        }

        return count;
    }
}
