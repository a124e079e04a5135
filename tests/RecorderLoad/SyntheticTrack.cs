using System.Buffers.Binary;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.RecorderLoad;

/// <summary>A VP8 track that plays the same four seconds again and again, and begins anew whenever a key frame is asked for.</summary>
internal sealed class SyntheticTrack
{
    private const int FramesPerSecond = 30;
    private const int MaxPayload = 1150;
    private const int ClockRate = 90_000;

    private readonly uint _ssrc;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _content;
    private int _next;
    private readonly MonotonicTime _start;
    private readonly byte[] _packet = new byte[1400];
    private ushort _sequenceNumber = 1;
    private int _frames;
    private MonotonicTime _nextReport;

    public SyntheticTrack(string id, uint ssrc, IReadOnlyList<ReadOnlyMemory<byte>> content, MonotonicTime start)
    {
        (_ssrc, _content, _start, _nextReport) = (ssrc, content, start, start);
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
            _next = isAsked || _next == _content.Count ? 0 : _next;
            isAsked = false;
            packets += SendFrame(relay, _content[_next++].Span);
            _frames++;
        }

        if (now >= _nextReport)
        {
            _nextReport = now + TimeSpan.FromSeconds(1);
            relay.Report(_ssrc, new SenderInfo(wall, (uint)((now - _start).TotalSeconds * ClockRate), 0, 0));
        }

        return packets;
    }

    // RFC 7741 section 4.2: S in the first packet of a frame, and a picture id of 15 bits.
    private int SendFrame(SyntheticRelay relay, ReadOnlySpan<byte> frame)
    {
        var count = 0;
        var timestamp = (uint)((long)_frames * ClockRate / FramesPerSecond);
        while (!frame.IsEmpty)
        {
            var length = Math.Min(frame.Length, MaxPayload);
            _packet[0] = 0x80;
            _packet[1] = (byte)(96 | (length == frame.Length ? 0x80 : 0));
            BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(2), _sequenceNumber++);
            BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(4), timestamp);
            BinaryPrimitives.WriteUInt32BigEndian(_packet.AsSpan(8), _ssrc);
            _packet[12] = (byte)(count == 0 ? 0x90 : 0x80);
            _packet[13] = 0x80;
            BinaryPrimitives.WriteUInt16BigEndian(_packet.AsSpan(14), (ushort)(0x8000 | (_frames & 0x7FFF)));
            frame[..length].CopyTo(_packet.AsSpan(16));
            relay.Send(_packet.AsSpan(0, 16 + length));
            frame = frame[length..];
            count++;
        }

        return count;
    }
}
