using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Benchmarks.FanOut;

/// <summary>
/// An engine with one publisher and many viewers, all connected, and the publisher's pictures as they would arrive:
/// encrypted ahead, so that only the engine's work is left to be measured.
/// </summary>
internal sealed class FanOutMeeting : IDisposable
{
    private const ushort Publisher = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly VirtualMeeting _meeting;
    private readonly List<(byte[] Datagram, MonotonicTime At)> _recorded = [];
    private int _next;

    /// <summary>Lets everybody connect and records pictures.</summary>
    /// <param name="viewers">How many there are.</param>
    /// <param name="packetsPerPicture">What each picture is cut into.</param>
    /// <param name="packets">How many packets are recorded.</param>
    /// <param name="shards">Over how many engines the viewers are spread; the publisher is on the first.</param>
    public FanOutMeeting(int viewers, int packetsPerPicture, int packets, int shards = 1)
    {
        _meeting = new VirtualMeeting(shards: shards);
        Viewers = viewers;
        _meeting.Parameters = _meeting.Parameters with { MaxPeers = viewers + 1 };
        _ = _meeting.Join(
            new Guest
            {
                Number = Publisher,
                Shard = 0,
                // 15 pictures a second, of packets of 1100 bytes.
                BitsPerSecond = packetsPerPicture * 1095 * 8 * 15,
                Microphone = false,
                VideoSlots = 0,
                AudioSlots = 0,
            }
        );
        for (var viewer = 0; viewer < viewers; viewer++)
        {
            _ = _meeting.Join(
                new Guest
                {
                    Number = (ushort)(Publisher + 1 + viewer),
                    Shard = viewer % shards,
                    Camera = false,
                    Microphone = false,
                    AudioSlots = 0,
                    VideoSlots = 1,
                }
            );
        }

        _meeting.Run(TimeSpan.FromSeconds(2));
        Record(packets);
    }

    public int Viewers { get; }

    /// <summary>Gets how many packets are left.</summary>
    public int Left => _recorded.Count - _next;

    /// <summary>Gets the meeting, whose time stands still.</summary>
    public VirtualMeeting Meeting => _meeting;

    public ForwardingEngine Engine => _meeting.Engine;

    /// <summary>Gives the engine the packets of the next picture.</summary>
    /// <returns>How many.</returns>
    public int HandlePicture()
    {
        var count = 0;
        while (Left > 0)
        {
            var (datagram, at) = _recorded[_next++];
            Engine.HandleDatagram(datagram, _meeting.AddressOf(Publisher), at);
            count++;
            if (IsLast(datagram))
            {
                break;
            }
        }

        return count;
    }

    public void Dispose() => _meeting.Dispose();

    private static bool IsLast(byte[] datagram) => (datagram[1] & 0x80) != 0;

    private void Record(int packets)
    {
        // The publisher is number 1, whose payload types are Firefox's.
        _meeting.Tap = datagram =>
        {
            if (datagram[0] is not (0x80 or 0x90) || (datagram[1] & 0x7F) != 120)
            {
                return true;
            }

            _recorded.Add((datagram, _meeting.Now));
            return false;
        };
        _ = _meeting.RunUntil(() => _recorded.Count >= packets && IsLast(_recorded[^1].Datagram), Patience);
    }
}
