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

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Where_the_room_lives_arrives_with_a_peer(int? home)
    {
        RoomSettings settings = new(new TenantId("ten_1"), "Daily", 10, 60, "text");
        AdmitPeer admit = new(new RoomId("room_1"), 1, 3, settings, Specs.Peer()) { Home = home };

        var room = settings.ToParameters(admit);

        Assert.Equal(("room_1", "ten_1", 3L, "Daily"), (room.Id, room.Tenant, room.Epoch, room.Name));
        Assert.Equal((10, TimeSpan.FromSeconds(60), "text"), (room.MaxPeers, room.EmptyTimeout, room.Metadata));
        Assert.Equal(home, room.HomeShard);
    }

    [Fact]
    public void Every_member_of_a_relay_arrives()
    {
        var relay = Specs.Relay().ToParameters();

        Assert.Equal("rly_1", relay.Id);
        Assert.Equal(
            [Media.Values.TransportAddress.FromIPv4(0xC000_0201, 41_000), AddressOf("2001:db8::1", 41_001)],
            relay.Addresses
        );
        Assert.True(relay.Filter.Lets("ada", Media.Values.MediaKind.Audio));
        Assert.False(relay.Filter.Lets("ada", Media.Values.MediaKind.Video));
        Assert.False(relay.Filter.Lets("ben", Media.Values.MediaKind.Audio));
        Assert.False(relay.Filter.Lets("eve", Media.Values.MediaKind.Audio));
        Assert.Equal(new Media.Relays.RelayNotice("rec_1", "Ada"), relay.Notice);
        Assert.True(relay.Paused);
    }

    [Theory]
    [InlineData("not base64", "192.0.2.1", 41_000)]
    [InlineData("AAAA", "192.0.2.1", 41_000)]
    [InlineData(null, "example.com", 41_000)]
    [InlineData(null, "192.0.2.1", 0)]
    [InlineData(null, "192.0.2.1", 65_536)]
    public void A_relay_that_cannot_be_is_refused(string? key, string address, int port)
    {
        var relay = Specs.Relay();
        var wrong = relay with
        {
            Relay = relay.Relay with { SenderKey = key ?? relay.Relay.SenderKey },
            Addresses = [new RelayAddress(address, port)],
        };

        _ = Assert.Throws<FormatException>(() => wrong.ToParameters());
    }

    private static Media.Values.TransportAddress AddressOf(string address, int port) =>
        Media.Values.TransportAddress.From(new(System.Net.IPAddress.Parse(address), port));

    private static IEnumerable<(string, int)> Members<T>()
        where T : struct, Enum => Enum.GetValues<T>().Select(value => (value.ToString(), Convert.ToInt32(value, null)));
}

/// <summary>A peer as the functions describe it.</summary>
internal static class Specs
{
    public static OpenRelay Relay() =>
        new(
            new RoomId("room_1"),
            Shard: 0,
            Epoch: 1,
            new RoomSettings(new TenantId("ten_1"), "Daily", 10, 60, Metadata: null),
            new RelaySpec(
                new RelayId("rly_1"),
                Convert.ToBase64String(new byte[28]),
                Convert.ToBase64String([1, .. new byte[27]])
            ),
            [new RelayAddress("192.0.2.1", 41_000), new RelayAddress("2001:db8::1", 41_001)],
            new TrackFilter(["ada", "ben"], ["ben"], AudioOnly: true),
            new RecordingNotice(new RecordingId("rec_1"), "Ada"),
            Paused: true
        );

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
