using System.Net;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Media.Peers;
using EventMeet.Media.Relays;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;
using MediaKind = EventMeet.Media.Values.MediaKind;
using TrackSource = EventMeet.Media.Values.TrackSource;

namespace EventMeet.Sfu.Control;

/// <summary>Turns what crossed the bus into what the engine takes. The enumerations have the same members in the same order.</summary>
internal static class SpecMapping
{
    private const string Nack = "nack";

    public static RoomParameters ToParameters(this RoomSettings settings, SfuCommand command) =>
        new(
            command.Room.Value,
            settings.Tenant.Value,
            command.Epoch,
            settings.Name,
            settings.Metadata,
            settings.MaxParticipants,
            TimeSpan.FromSeconds(settings.EmptyTimeoutSeconds)
        )
        {
            HomeShard = (command as AdmitPeer)?.Home,
        };

    /// <summary>Translates a peer.</summary>
    /// <exception cref="FormatException">The fingerprint is none.</exception>
    public static PeerParameters ToParameters(this PeerSpec peer) =>
        new(
            peer.Session.Value,
            peer.Revision,
            ToParameters(peer.Participant),
            new IceParameters(peer.Ice.LocalUfrag, peer.Ice.LocalPwd, peer.Ice.RemoteUfrag, peer.Ice.RemotePwd),
            FingerprintOf(peer.Dtls),
            [.. peer.Media.Select(ToParameters)],
            peer.Data is { } data ? new SctpParameters(data.RemotePort, data.LocalPort, data.MaxMessageSize) : null
        );

    /// <summary>Translates a relay.</summary>
    /// <exception cref="FormatException">A key or an address is none.</exception>
    public static RelayParameters ToParameters(this OpenRelay open) =>
        new(
            open.Relay.Id.Value,
            RelayKeys.TryParse(open.Relay.SenderKey, open.Relay.ReceiverKey, out var keys)
                ? keys
                : throw new FormatException("The relay's keys are none."),
            [.. open.Addresses.Select(ToAddress).Distinct()],
            new RelayFilter(open.Filter.Include, open.Filter.Exclude, open.Filter.AudioOnly),
            open.Notice is { } notice ? new RelayNotice(notice.Recording.Value, notice.StartedBy) : null,
            open.Paused
        );

    private static TransportAddress ToAddress(RelayAddress address) =>
        IPAddress.TryParse(address.Address, out var parsed) && address.UdpPort is > 0 and <= ushort.MaxValue
            ? TransportAddress.From(new IPEndPoint(parsed, address.UdpPort))
            : throw new FormatException("The relay's address is none.");

    private static DtlsFingerprint FingerprintOf(DtlsSpec dtls) =>
        DtlsFingerprint.TryParse(
            dtls.Algorithm,
            string.Join(':', dtls.Fingerprint.Chunk(2).Select(pair => new string(pair))),
            out var fingerprint
        )
            ? fingerprint
            : throw new FormatException("The DTLS fingerprint is none.");

    private static ParticipantParameters ToParameters(ParticipantSpec participant) =>
        new(
            participant.Id.Value,
            participant.Identity,
            participant.Name,
            participant.Metadata,
            new EventMeet.Media.Peers.ParticipantGrants(
                participant.Grants.CanPublish,
                participant.Grants.CanSubscribe,
                participant.Grants.CanPublishData,
                participant.Grants.Sources?.Select(source => (TrackSource)source).ToList(),
                participant.Grants.RoomAdmin,
                participant.Grants.Hidden,
                participant.Grants.CanUpdateOwnMetadata
            )
        );

    private static MediaParameters ToParameters(MediaSpec media) =>
        new(
            media.Mid,
            (MediaKind)media.Kind,
            (TrackSource)media.Source,
            [.. media.Codecs.Select(ToParameters)],
            [.. media.Extensions.Select(extension => (extension.Id, extension.Uri))],
            media.Published is { } published
                ? new PublishedParameters(published.Track.Value, published.Ssrcs, published.RtxSsrcs, published.Rids)
                : null,
            media.Slot is { } slot ? new SlotParameters(slot.Ssrc, slot.RtxSsrc, slot.Cname) : null
        );

    private static CodecParameters ToParameters(CodecSpec codec) =>
        new(
            (byte)codec.PayloadType,
            codec.Name,
            codec.ClockRate,
            (byte?)codec.RtxPayloadType,
            codec.Feedback.Contains(Nack, StringComparer.Ordinal)
        )
        {
            Channels = codec.Channels,
            Parameters = codec.Parameters,
        };
}
