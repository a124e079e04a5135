using EventMeet.Media.Codecs;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Rtp;

public sealed class SlotRewriterTests
{
    private const int Camera = 1;
    private const int Screen = 2;

    // Just before the wrap.
    private static uint FirstTimestamp => 0xFFFF_F000;

    /// <summary>Around every wrap and sign change of 16 bits.</summary>
    public static TheoryData<ushort> Starts =>
        [0, 1, 2, 3, 127, 255, 256, 0x7FFD, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF];

    [Theory]
    [MemberData(nameof(Starts))]
    public void Numbers_go_on_across_wraps_drops_losses_and_late_packets(ushort start)
    {
        // The source starts at each number, and the slot at each as well.
        foreach (ushort slotStart in new[] { start, ~start & 0xFFFF, 0x7FFF })
        {
            var slot = new Story(slotStart);
            var at = (long)start + 0x1_0000;
            slot.SwitchTo(Camera, at);
            slot.Sends(at, expected: slotStart);
            slot.Sends(at + 1, slotStart + 1);
            slot.Drops(at + 2);
            slot.Sends(at + 3, slotStart + 2);
            slot.Sends(at + 5, slotStart + 4); // at + 4 is under way
            slot.Sends(at + 4, slotStart + 3);
            slot.Sends(at + 4, slotStart + 3); // twice
            slot.Refuses(at + 2);
            slot.Sends(at + 70_000, slotStart + 69_999);
        }
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_switch_takes_the_next_number_and_forgets_the_old_source(ushort start)
    {
        var slot = new Story(0x7FFE);
        slot.SwitchTo(Camera, 1000);
        slot.Sends(1000, 0x7FFE);
        slot.Sends(1003, 0x8001);
        slot.SwitchTo(Screen, start);
        Assert.False(slot.Rewriter.TryMap(Camera, Packet(1004), slot.Now, out _));
        slot.Sends(start, 0x8002);
        slot.Refuses(start - 1L);
        slot.Sends(start + 2L, 0x8004);
        slot.Sends(start + 1L, 0x8003);
        Assert.Equal(Screen, slot.Rewriter.Tag);
    }

    [Fact]
    public void Timestamps_jump_by_the_time_that_passed_and_go_on_from_there()
    {
        var slot = new Story(0);
        slot.SwitchTo(Camera, 1, timestamp: 5000);
        Assert.Equal(FirstTimestamp, slot.Sends(1, 0, timestamp: 5000).Timestamp);
        Assert.Equal(FirstTimestamp + 3000, slot.Sends(2, 1, timestamp: 8000).Timestamp);

        slot.Now += TimeSpan.FromMilliseconds(100);
        slot.SwitchTo(Screen, 900, timestamp: 77);
        Assert.Equal(FirstTimestamp + 3000 + 9000, slot.Sends(900, 2, timestamp: 77).Timestamp);

        // No time passed: still a frame later.
        slot.SwitchTo(Camera, 50, timestamp: 5);
        Assert.Equal(FirstTimestamp + 12_000 + 1800, slot.Sends(50, 3, timestamp: 5).Timestamp);
        Assert.Equal(FirstTimestamp + 13_800 + 7, slot.Rewriter.MapTimestamp(12));
    }

    [Fact]
    public void After_a_pause_the_same_source_keeps_its_timestamps()
    {
        var slot = new Story(0);
        slot.SwitchTo(Camera, 1, timestamp: 0);
        _ = slot.Sends(1, 0, timestamp: 0);
        slot.Rewriter.Pause();
        Assert.Null(slot.Rewriter.Tag);
        slot.Refuses(2);

        slot.Now += TimeSpan.FromSeconds(10);
        slot.SwitchTo(Camera, 600, timestamp: 900_500); // 10 s by its own clock, and 5 ms
        Assert.Equal(FirstTimestamp + 900_500, slot.Sends(600, 1, timestamp: 900_500).Timestamp);
    }

    [Fact]
    public void Two_layers_of_one_encoder_are_aligned_by_their_sender_reports()
    {
        var slot = new Story(0);
        slot.SwitchTo(Camera, 1, timestamp: 1000);
        _ = slot.Sends(1, 0, timestamp: 1000);

        var low = new SenderInfo(new(0x1_0000_0000), 1000, 0, 0);
        var high = new SenderInfo(new(0x1_8000_0000), 500_000, 0, 0); // half a second later
        Assert.True(TimestampTranslation.TryTranslate(500_000, high, low, 90_000, out var equivalent));
        Assert.Equal(46_000u, equivalent);

        slot.Now += TimeSpan.FromMilliseconds(530); // the network took 30 ms longer
        slot.SwitchTo(Screen, 1, timestamp: 500_000, equivalent: equivalent);
        Assert.Equal(FirstTimestamp + 45_000, slot.Sends(1, 1, timestamp: 500_000).Timestamp);

        // A report that would turn time back, or far ahead, is not believed.
        slot.SwitchTo(Camera, 5, timestamp: 9, equivalent: 400_000);
        Assert.Equal(FirstTimestamp + 46_800, slot.Sends(5, 2, timestamp: 9).Timestamp);
        slot.SwitchTo(Screen, 5, timestamp: 9, equivalent: 9 + 180_000);
        Assert.Equal(FirstTimestamp + 48_600, slot.Sends(5, 3, timestamp: 9).Timestamp);
    }

    [Fact]
    public void Audio_marks_the_first_packet_of_each_source()
    {
        var slot = new SlotRewriter(48_000, marksTalkspurts: true, new(0), 0, history: 64);
        slot.SwitchTo(1, Packet(9), MonotonicTime.Zero);
        Assert.True(slot.TryMap(1, Packet(9), MonotonicTime.Zero, out var first));
        Assert.True(first.Marker);
        Assert.True(slot.TryMap(1, Packet(10), MonotonicTime.Zero, out var second));
        Assert.False(second.Marker);
    }

    [Fact]
    public void Picture_ids_go_on_over_dropped_layers_switches_and_widths()
    {
        var slot = new Story(0x7FFE);
        slot.SwitchTo(Camera, 1, Picture(0x7FFF, 15, tl0: 255, key: 31));
        var sent = slot.Sends(1, 0x7FFE, Picture(0x7FFF, 15, tl0: 255, key: 31));
        Assert.Equal((0x7FFE, 1, 1), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));
        sent = slot.Sends(2, 0x7FFF, Picture(0x7FFF, 15, tl0: 255, key: 31)); // the same frame
        Assert.Equal(0x7FFE, sent.PictureId);
        slot.Drops(3, Picture(0, 15, tl0: 255, key: 31)); // a frame of a higher layer, two packets
        slot.Drops(4, Picture(0, 15, tl0: 255, key: 31));
        sent = slot.Sends(5, 0x8000, Picture(1, 15, tl0: 0, key: 31));
        Assert.Equal((0x7FFF, 2, 1), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));
        sent = slot.Sends(7, 0x8002, Picture(3, 15, tl0: 1, key: 0)); // a frame is lost
        Assert.Equal((1, 3, 2), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));
        sent = slot.Sends(6, 0x8001, Picture(2, 15, tl0: 0, key: 31)); // and comes
        Assert.Equal((0, 2, 1), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));

        // The other source counts in seven bits and wraps at once; the stream stays at fifteen.
        slot.SwitchTo(Screen, 70, Picture(127, 7, tl0: 9, key: 3));
        sent = slot.Sends(70, 0x8003, Picture(127, 7, tl0: 9, key: 3));
        Assert.Equal((2, 4, 3), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));
        sent = slot.Sends(71, 0x8004, Picture(0, 7, tl0: 10, key: 3));
        Assert.Equal((3, 5, 3), (sent.PictureId, sent.Tl0PictureIndex, sent.KeyIndex));
    }

    [Fact]
    public void An_encoder_that_counts_its_pictures_anew_leaves_no_trace()
    {
        var slot = new Story(0);
        slot.SwitchTo(Camera, 1, Picture(500, 15, 1, 1));
        Assert.Equal(0, slot.Sends(1, 0, Picture(500, 15, 1, 1)).PictureId);
        Assert.Equal(1, slot.Sends(2, 1, Picture(501, 15, 1, 1)).PictureId);
        Assert.Equal(2, slot.Sends(3, 2, Picture(7, 15, 1, 1)).PictureId);
        Assert.Equal(2, slot.Sends(4, 3, Picture(7, 15, 1, 1)).PictureId);
        Assert.Equal(4, slot.Sends(6, 5, Picture(9, 15, 1, 1)).PictureId);
        Assert.Equal(3, slot.Sends(5, 4, Picture(8, 15, 1, 1)).PictureId);
    }

    [Fact]
    public void A_subscriber_may_ask_for_what_was_sent_under_any_source()
    {
        var slot = new Story(0xFFFF & 0x7FFF);
        slot.SwitchTo(Camera, 100, Picture(5, 15, 1, 1));
        var first = slot.Sends(100, 0x7FFF, Picture(5, 15, 1, 1));
        slot.Drops(101, Picture(6, 15, 1, 1));
        slot.Sends(102, 0x8000, Picture(7, 15, 1, 1));
        slot.SwitchTo(Screen, 7, Picture(1, 15, 1, 1));
        slot.Sends(7, 0x8001, Picture(1, 15, 1, 1));
        slot.Sends(9, 0x8003, Picture(2, 15, 1, 1));

        Assert.True(slot.Rewriter.TryMapBack(new(0x7FFF), out var history));
        Assert.Equal(new SlotHistory(new(100), Camera, first, WasSent: true), history);
        Assert.True(slot.Rewriter.TryMapBack(new(0x8000), out history));
        Assert.Equal((102L, Camera), (history.Source.Value, history.Tag));

        // Not sent, but it has its place: the cache may have it by now.
        Assert.True(slot.Rewriter.TryMapBack(new(0x8002), out history));
        Assert.Equal(new SlotHistory(new(8), Screen, default, WasSent: false), history);
        Assert.False(slot.Rewriter.TryClaimRetransmission(history, slot.Now, TimeSpan.Zero));

        Assert.False(slot.Rewriter.TryMapBack(new(0x8004), out _));
        Assert.False(slot.Rewriter.TryMapBack(new(0x7FFE), out _));
        Assert.False(slot.Rewriter.TryMapBack(new(0x0000), out _));
    }

    [Fact]
    public void Sends_a_packet_again_once_per_round_trip_and_ten_times_at_most()
    {
        var roundTrip = TimeSpan.FromMilliseconds(40);
        var slot = new Story(0);
        slot.SwitchTo(Camera, 1);
        slot.Sends(1, 0);
        Assert.True(slot.Rewriter.TryMapBack(new(0), out var history));
        for (var time = 0; time < 10; time++)
        {
            Assert.True(slot.Rewriter.TryClaimRetransmission(history, slot.Now, roundTrip));
            Assert.False(slot.Rewriter.TryClaimRetransmission(history, slot.Now, roundTrip));
            slot.Now += roundTrip;
        }

        Assert.False(slot.Rewriter.TryClaimRetransmission(history, slot.Now, roundTrip));
    }

    [Fact]
    public void Padding_goes_between_frames_only_and_a_late_drop_names_its_hole()
    {
        var slot = new Story(0);
        Assert.False(slot.Rewriter.TryInsertPadding(out _));
        slot.SwitchTo(Camera, 1);
        slot.Sends(1, 0);
        Assert.False(slot.Rewriter.TryInsertPadding(out _));
        slot.Sends(2, 1, marker: true);
        Assert.True(slot.Rewriter.TryInsertPadding(out var padding));
        Assert.Equal((2L, FirstTimestamp), (padding.Index.Value, padding.Timestamp));
        Assert.False(slot.Rewriter.TryMapBack(new(2), out _));

        slot.Sends(4, 4);
        Assert.True(slot.Rewriter.TryDrop(Camera, Packet(3), out var hole));
        Assert.Equal(3, hole.Index.Value);
        Assert.False(slot.Rewriter.TryDrop(Screen, Packet(5), out _));
    }

    private static SourcePacket Packet(long index, uint timestamp = 0, bool marker = false) =>
        new(new(index), timestamp, marker);

    private static Vp8Descriptor Picture(ushort id, byte bits, byte tl0, byte key) =>
        new()
        {
            Length = 5,
            PictureIdBits = bits,
            PictureId = id,
            HasTl0PictureIndex = true,
            Tl0PictureIndex = tl0,
            HasKeyIndex = true,
            KeyIndex = key,
        };

    /// <summary>A video slot, and what is expected of it.</summary>
    private sealed class Story(int first)
    {
        private int _tag;

        public SlotRewriter Rewriter { get; } = new(90_000, marksTalkspurts: false, new((ushort)first), FirstTimestamp);

        public MonotonicTime Now { get; set; } = new(1_000_000);

        public void SwitchTo(int tag, long index, Vp8Descriptor picture) =>
            SwitchTo(tag, new SourcePacket(new(index), 0, Marker: false, picture), equivalent: null);

        public void SwitchTo(int tag, long index, uint timestamp = 0, uint? equivalent = null) =>
            SwitchTo(tag, Packet(index, timestamp), equivalent);

        public SlotPacket Sends(long index, long expected, Vp8Descriptor picture) =>
            Sends(new SourcePacket(new(index), 0, Marker: false, picture), expected);

        public SlotPacket Sends(long index, long expected, uint timestamp = 0, bool marker = false) =>
            Sends(Packet(index, timestamp, marker), expected);

        public void Drops(long index, Vp8Descriptor picture = default) =>
            Assert.False(Rewriter.TryDrop(_tag, new(new(index), 0, Marker: false, picture), out _));

        public void Refuses(long index) => Assert.False(Rewriter.TryMap(_tag, Packet(index), Now, out _));

        private void SwitchTo(int tag, SourcePacket packet, uint? equivalent)
        {
            _tag = tag;
            Rewriter.SwitchTo(tag, packet, Now, equivalent);
        }

        private SlotPacket Sends(SourcePacket packet, long expected)
        {
            Assert.True(Rewriter.TryMap(_tag, packet, Now, out var sent));
            Assert.Equal(expected, sent.Index.Value);
            Assert.Equal(packet.Marker, sent.Marker);
            return sent;
        }
    }
}
