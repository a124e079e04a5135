using EventMeet.Media.Codecs;
using EventMeet.Media.Packets;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;
using EventMeet.Testing.Content;

namespace EventMeet.Testing.Network;

/// <summary>A relay's receiving end in a <see cref="VirtualMeeting"/>, which keeps everything that it is told and given.</summary>
internal sealed class RelayWatcher : IRelayConsumer, IDisposable
{
    private readonly List<string> _complaints = [];

    public RelayWatcher(RelayReceiverParameters parameters, TransportAddress address, MonotonicTime now)
    {
        Receiver = new RelayReceiver(parameters, now);
        Address = address;
    }

    public RelayReceiver Receiver { get; }

    public TransportAddress Address { get; set; }

    /// <summary>Gets or sets what happens to datagrams on their way to it.</summary>
    public NetworkConditions Downlink { get; set; } = NetworkConditions.Good;

    /// <summary>Gets or sets what happens to datagrams on their way back.</summary>
    public NetworkConditions Uplink { get; set; } = NetworkConditions.Good;

    /// <summary>Gets or sets a value indicating whether its machine is there.</summary>
    public bool IsAlive { get; set; } = true;

    /// <summary>Gets what came while its machine was not there.</summary>
    public Queue<byte[]> Undelivered { get; } = [];

    public List<RelayMessage> Messages { get; } = [];

    public List<(string Track, SenderInfo Report)> Reports { get; } = [];

    public Dictionary<string, List<WatchedPacket>> Packets { get; } = [];

    /// <summary>Gets how many datagrams came, and of which faults.</summary>
    public Dictionary<PacketFault, int> Faults { get; } = [];

    /// <summary>Gets everything that contradicts what a consumer is promised.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Gets or sets a value indicating whether packets are kept.</summary>
    public bool Keeps { get; set; } = true;

    public long PacketCount { get; private set; }

    public IEnumerable<T> Of<T>()
        where T : RelayMessage => Messages.OfType<T>();

    public void HandleDatagram(Span<byte> datagram, TransportAddress from, MonotonicTime now)
    {
        var fault = Receiver.HandleDatagram(datagram, from, now, this);
        Faults[fault] = Faults.GetValueOrDefault(fault) + 1;
    }

    public void HandlePacket(RelayTrack track, ReadOnlySpan<byte> packet, MonotonicTime now)
    {
        PacketCount++;
        if (!Keeps)
        {
            return;
        }

        ContentSignature signature = default;
        if (
            RtpHeader.TryParse(packet, out var header) is not PacketFault.None
            || header.TryReadPayload(packet, out var payload) is not PacketFault.None
            || (
                !payload.IsEmpty
                && !(
                    track.Description.Kind is MediaKind.Audio
                        ? AudioPackets.TryRead(payload, out signature)
                        : VideoPackets.TryRead(payload, out _, out signature)
                )
            )
        )
        {
            _complaints.Add($"A packet of {track.Id} was changed on its way.");
            return;
        }

        if (header.Ssrc != track.Description.Ssrc || header.PayloadType != track.Description.PayloadType)
        {
            _complaints.Add($"A packet of {track.Id} has not its numbers.");
        }

        if (!Receiver.Tracks.Contains(track))
        {
            _complaints.Add($"A packet came while {track.Id} was not there.");
        }

        var extensions = HeaderExtensions.Read(header, RelayExtensions.Map);
        Packets.TryAdd(track.Id, []);
        Packets[track.Id]
            .Add(
                new(
                    header.SequenceNumber,
                    header.Timestamp,
                    payload.IsEmpty ? null : signature,
                    payload.ToArray(),
                    extensions.TryReadAudioLevel(out var level) ? level.Attenuation : null,
                    now
                )
            );
    }

    public void HandleSenderReport(RelayTrack track, in SenderInfo report, MonotonicTime now) =>
        Reports.Add((track.Id, report));

    public void HandleControl(RelayMessage message) => Messages.Add(message);

    public void Dispose() => Receiver.Dispose();
}

/// <summary>One packet as a consumer got it.</summary>
/// <param name="Number">Its sequence number.</param>
/// <param name="Timestamp">Its timestamp.</param>
/// <param name="Signature">What it holds; null for padding alone.</param>
/// <param name="Payload">All of it.</param>
/// <param name="AudioLevel">The level that its header states.</param>
/// <param name="At">When it came.</param>
internal sealed record WatchedPacket(
    SequenceNumber Number,
    uint Timestamp,
    ContentSignature? Signature,
    byte[] Payload,
    int? AudioLevel,
    MonotonicTime At
)
{
    /// <summary>Gets a value indicating whether a key frame of VP8 begins here.</summary>
    public bool IsKeyFrame => KeyFrames.IsKeyFrame(CodecKind.Vp8, Payload);
}
