using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Media.Peers;
using EventMeet.Testing.Network;
using MediaKind = EventMeet.Contracts.Messages.MediaKind;
using TrackSource = EventMeet.Contracts.Messages.TrackSource;

namespace EventMeet.RecordingHosts;

/// <summary>Says on the bus who a synthetic guest is.</summary>
internal static class Specs
{
    public static PeerSpec Of(Guest guest, DtlsFingerprint fingerprint)
    {
        var peer = guest.ToParameters(fingerprint);
        var who = peer.Participant;
        return new(
            new SessionId(peer.Session),
            peer.Revision,
            new(new ParticipantId(who.Id), who.Identity, who.Name, who.Metadata, Everything),
            new(peer.Ice.LocalUfrag, peer.Ice.LocalPwd, peer.Ice.RemoteUfrag, peer.Ice.RemotePwd),
            new(peer.Fingerprint.AlgorithmName, peer.Fingerprint.Value.Replace(":", "", StringComparison.Ordinal)),
            [.. peer.Media.Select(Of)],
            peer.Data is { } data ? new(data.RemotePort, data.LocalPort, data.MaxMessageSize) : null
        );
    }

    private static readonly EventMeet.Contracts.Messages.ParticipantGrants Everything = new(
        CanPublish: true,
        CanSubscribe: true,
        CanPublishData: true,
        Sources: null,
        RoomAdmin: false,
        Hidden: false,
        CanUpdateOwnMetadata: true
    );

    private static MediaSpec Of(MediaParameters media) =>
        new(
            media.Mid,
            (MediaKind)media.Kind,
            media.Published is not null,
            media.Slot is not null,
            (TrackSource)media.Source,
            [.. media.Codecs.Select(Of)],
            [.. media.Extensions.Select(extension => new HeaderExtensionSpec(extension.Id, extension.Uri))],
            media.Published is { } published
                ? new(new TrackId(published.Track), published.Ssrcs, published.RtxSsrcs, published.Rids)
                : null,
            media.Slot is { } slot ? new(slot.Ssrc, slot.RtxSsrc, slot.Cname) : null
        );

    private static CodecSpec Of(CodecParameters codec) =>
        new(
            codec.PayloadType,
            codec.Name,
            codec.ClockRate,
            codec.Channels,
            codec.RtxPayloadType,
            codec.Parameters,
            codec.Nack ? ["nack", "nack pli"] : []
        );
}
