using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Sfu.Control;
using Media = EventMeet.Media;

namespace EventMeet.Workers.Tests.Control;

/// <summary>What crosses the bus is what the engine is told.</summary>
public sealed class SpecMappingTests
{
    [Fact]
    public void Enumerations_on_the_bus_and_in_the_engine_are_the_same_by_name_and_number()
    {
        Assert.Equal(Members<Media.Values.MediaKind>(), Members<MediaKind>());
        Assert.Equal(Members<Media.Values.TrackSource>(), Members<TrackSource>());
        Assert.Equal(Members<Media.Values.LeaveReason>(), Members<LeaveReason>());
    }

    [Fact]
    public void Every_member_of_a_peer_arrives()
    {
        var spec = Specs.Peer();

        var peer = spec.ToParameters();

        Assert.Equal(("sess_1", 4), (peer.Session, peer.Revision));
        Assert.Equal(("par_1", "ada", "Ada"), (peer.Participant.Id, peer.Participant.Identity, peer.Participant.Name));
        Assert.Equal([Media.Values.TrackSource.Camera], peer.Participant.Grants.Sources!);
        Assert.Equal("localUfrag", peer.Ice.LocalUfrag);
        Assert.Equal(spec.Dtls.Fingerprint, peer.Fingerprint.Value.Replace(":", "", StringComparison.Ordinal));
        var video = Assert.Single(peer.Media);
        Assert.Equal(("1", Media.Values.MediaKind.Video), (video.Mid, video.Kind));
        Assert.Equal(new Media.Peers.CodecParameters(96, "VP8", 90_000, 97, Nack: true), Assert.Single(video.Codecs));
        Assert.Equal([(3, "urn:ietf:params:rtp-hdrext:sdes:mid")], video.Extensions);
        Assert.Equal([11u, 12u], video.Published!.Ssrcs);
        Assert.Equal(("trk_1", 21u, 22u), (video.Published.Track, video.Slot!.Ssrc, video.Slot.RtxSsrc));
        Assert.Equal((5000, 5001, 65_536), (peer.Data!.RemotePort, peer.Data.LocalPort, peer.Data.MaxMessageSize));
    }

    private static IEnumerable<(string, int)> Members<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToInt32(value, null)));
}

/// <summary>A peer as the functions describe it.</summary>
internal static class Specs
{
    public static PeerSpec Peer() =>
        new(
            new SessionId("sess_1"),
            4,
            new ParticipantSpec(
                new ParticipantId("par_1"),
                "ada",
                "Ada",
                Metadata: null,
                new ParticipantGrants(true, true, true, [TrackSource.Camera], false, false, true)
            ),
            new IceSpec("localUfrag", "localPwd0123456789012345", "remoteUfrag", "remotePwd012345678901234"),
            new DtlsSpec("sha-256", string.Concat(Enumerable.Repeat("0A1B2C3D", 8))),
            [
                new MediaSpec(
                    "1",
                    MediaKind.Video,
                    true,
                    true,
                    TrackSource.Camera,
                    [new CodecSpec(96, "VP8", 90_000, 0, 97, null, ["nack", "nack pli"])],
                    [new HeaderExtensionSpec(3, "urn:ietf:params:rtp-hdrext:sdes:mid")],
                    new PublishedSpec(new TrackId("trk_1"), [11, 12], [13, 14], ["a", "b"]),
                    new SlotSpec(21, 22, "server")
                ),
            ],
            new DataChannelSpec(5000, 5001, 65_536)
        );
}
