using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Relays;

/// <summary>A relay's messages, keys and goodbyes as they are written and read.</summary>
public sealed class RelayMessageTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly RelayTrackDescription Track = new(
        "trk_1",
        "par_1",
        MediaKind.Video,
        TrackSource.ScreenShare,
        Muted: true,
        Ssrc: 0xFFFF_FFFF,
        RtxSsrc: 7,
        FirstSequenceNumber: 0x7FFF,
        PayloadType: 96,
        RtxPayloadType: 127,
        "H264",
        90_000,
        Channels: 0,
        "profile-level-id=42e01f"
    );

    public static TheoryData<RelayMessage> Messages =>
        [
            new RelayHello(At, 1, "room_1", 3, "Daily", Paused: true),
            new RelayParticipantJoined(At, "par_1", "ada", "Ada \"the first\" 👑"),
            new RelayParticipantRenamed(At, "par_1", Name: null),
            new RelayParticipantLeft(At, "par_1"),
            new RelayTrackAdded(At, Track),
            new RelayTrackRemoved(At, "trk_1"),
            new RelayTrackMuted(At, "trk_1", Muted: true),
            new RelaySpeakerChanged(At, Participant: null),
            new RelayPauseChanged(At, Paused: true),
            new RelayEnded(At, RelayEnd.RoomEnded),
        ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_read_as_it_was_written(RelayMessage message)
    {
        var text = RelayMessages.Write(message);

        Assert.Equal(PacketFault.None, RelayMessages.TryRead(text, out var read));
        Assert.Equal(message, read);
        for (var length = 0; length < text.Length; length++)
        {
            Assert.Equal(PacketFault.RelayMalformed, RelayMessages.TryRead(text.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void What_is_written_is_what_the_readme_says() =>
        Assert.Equal(
            """{"type":"added","track":{"id":"trk_1","participant":"par_1","kind":"video","source":"screen_share","muted":true,"ssrc":4294967295,"rtxSsrc":7,"firstSequenceNumber":32767,"payloadType":96,"rtxPayloadType":127,"codec":"H264","clockRate":90000,"channels":0,"parameters":"profile-level-id=42e01f"},"at":"2026-01-02T03:04:05+00:00"}""",
            Encoding.UTF8.GetString(RelayMessages.Write(new RelayTrackAdded(At, Track)))
        );

    [Theory]
    [InlineData("""{"at":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"type":"from the future","at":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"left"}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"left","participant":null}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"left","participant":"p","participant":"q"}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"ended","reason":"because"}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"ended","reason":77}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"hello","version":2,"room":"room_1","epoch":1}""")]
    [InlineData("""{"at":"2026-01-02T03:04:05Z","type":"added"}""")]
    [InlineData(
        """{"type":"added","track":{"id":"t","participant":"p","codec":"VP8","clockRate":0,"rtxSsrc":1,"rtxPayloadType":1}}"""
    )]
    [InlineData(
        """{"type":"added","track":{"id":"t","participant":"p","codec":"VP8","clockRate":90000,"payloadType":300}}"""
    )]
    [InlineData("""{"type":"left","participant":"p"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"left\"")]
    public void What_cannot_be_used_is_refused(string text)
    {
        Assert.Equal(PacketFault.RelayMalformed, RelayMessages.TryRead(Encoding.UTF8.GetBytes(text), out var message));
        Assert.Null(message);
    }

    [Fact]
    public void A_message_that_is_too_long_is_not_looked_at() =>
        Assert.Equal(PacketFault.TooLarge, RelayMessages.TryRead(new byte[RelayMessages.MaxLength + 1], out _));

    [Property]
    public bool Any_bytes_are_read_or_refused(byte[] bytes) =>
        RelayMessages.TryRead(bytes, out var message) is PacketFault.None == message is not null;

    [Property]
    public bool Any_application_packet_is_read_or_refused(byte count, byte[] body) =>
        ApplicationPacket.TryParse(new RtcpPacket(RtcpPacketType.Application, count & 0x1F, body), out var packet)
            is not PacketFault.None
        || packet.Data.Length == body.Length - 8;

    [Property]
    public bool Any_goodbye_is_read_or_refused(byte count, byte[] body) =>
        Goodbye.TryParse(new RtcpPacket(RtcpPacketType.Goodbye, count & 0x1F, body), out var goodbye)
            is not PacketFault.None
        || (Enum.IsDefined(RelayEnds.FromName(goodbye.Reason)) && goodbye.Reason.Length <= body.Length);

    [Theory]
    [InlineData(RelayEnd.Closed)]
    [InlineData(RelayEnd.RoomEnded)]
    [InlineData(RelayEnd.Replaced)]
    [InlineData(RelayEnd.Moved)]
    [InlineData(RelayEnd.Exhausted)]
    [InlineData(RelayEnd.CutOff)]
    public void A_goodbye_says_why(RelayEnd end)
    {
        var writer = new RtcpWriter(new byte[64]);
        Assert.True(writer.TryWriteGoodbye([5], RelayEnds.NameOf(end)));
        Assert.Equal(0, writer.Length % 4);
        Assert.Equal(PacketFault.None, RtcpReader.TryOpen(writer.Written, out var reader));
        Assert.True(reader.MoveNext());
        Assert.Equal(PacketFault.None, Goodbye.TryParse(reader.Current, out var goodbye));
        Assert.Equal((5u, end), (goodbye[0], RelayEnds.FromName(goodbye.Reason)));
    }

    [Fact]
    public void Keys_are_two_different_base64_texts_of_28_bytes()
    {
        var (one, two) = (Convert.ToBase64String(new byte[28]), Convert.ToBase64String([1, .. new byte[27]]));
        Assert.True(RelayKeys.TryParse(one, two, out var keys));
        Assert.DoesNotContain(two, keys.ToString(), StringComparison.Ordinal);
        Assert.False(RelayKeys.TryParse(one, one, out _));
        Assert.False(RelayKeys.TryParse(one, null, out _));
        Assert.False(RelayKeys.TryParse("not base64", two, out _));
        Assert.False(RelayKeys.TryParse(Convert.ToBase64String(new byte[27]), two, out _));
        Assert.False(RelayKeys.TryParse(Convert.ToBase64String(new byte[30]), two, out _));
    }
}
