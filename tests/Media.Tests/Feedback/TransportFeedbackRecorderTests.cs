using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Feedback;

public sealed class TransportFeedbackRecorderTests
{
    private readonly TransportFeedbackRecorder _recorder = new();
    private MonotonicTime _now = new(10_000_000);

    [Fact]
    public void Reports_what_arrived_and_what_did_not_across_the_wrap()
    {
        Assert.Equal(MonotonicTime.Never, _recorder.NextTimeout);
        Arrive(65_534);
        Arrive(0);
        Arrive(1);
        Assert.Empty(Take());
        Wait(100);
        Assert.Equal([(65_534, 10_000_000), (65_535, null), (0, 10_001_000), (1, 10_002_000)], Assert.Single(Take()));
        Assert.Equal(MonotonicTime.Never, _recorder.NextTimeout);
        Assert.Empty(Take());
    }

    [Fact]
    public void Goes_on_where_the_last_feedback_ended_so_that_no_loss_is_forgotten()
    {
        Arrive(10);
        Wait(100);
        _ = Take();
        Arrive(13);
        Wait(100);
        Assert.Equal([11, 12, 13], Assert.Single(Take()).Select(seen => seen.Sequence));
    }

    [Fact]
    public void A_packet_that_comes_after_it_was_reported_lost_is_reported_once_more()
    {
        Arrive(10);
        Arrive(12);
        Wait(100);
        _ = Take();
        Arrive(11);
        Arrive(11);
        Wait(100);
        Assert.Equal([(11, true), (12, true)], Assert.Single(Take()).Select(seen => (seen.Sequence, seen.At != null)));
    }

    [Fact]
    public void A_packet_from_before_the_first_counts_too()
    {
        Arrive(0);
        Arrive(65_535);
        Wait(100);
        Assert.Equal([65_535, 0], Assert.Single(Take()).Select(seen => seen.Sequence));
    }

    [Fact]
    public void A_burst_is_reported_at_once_and_in_as_many_packets_as_it_takes()
    {
        for (var sequence = 0; sequence <= 256; sequence++)
        {
            Arrive((ushort)sequence, milliseconds: 0.01);
        }

        Assert.True(_recorder.NextTimeout <= _now);
        var packets = Take(capacity: 100);
        Assert.True(packets.Count > 1);
        Assert.Equal(Enumerable.Range(0, 257), packets.SelectMany(packet => packet.Select(seen => (int)seen.Sequence)));
    }

    [Fact]
    public void A_leap_or_a_new_count_starts_afresh_but_a_stray_packet_does_not()
    {
        Arrive(100);
        Arrive(5000);
        Wait(100);
        Assert.Equal([5000], Assert.Single(Take()).Select(seen => seen.Sequence));

        Arrive(3000);
        Assert.Equal(MonotonicTime.Never, _recorder.NextTimeout);
        Arrive(5001);
        for (ushort sequence = 200; sequence < 210; sequence++)
        {
            Arrive(sequence);
        }

        Wait(100);
        Assert.Equal([207, 208, 209], Assert.Single(Take()).Select(seen => seen.Sequence));
    }

    [Fact]
    public void Each_feedback_has_the_next_number()
    {
        for (var round = 0; round < 300; round++)
        {
            Arrive((ushort)round);
            Wait(100);
            var buffer = new byte[200];
            Assert.True(_recorder.TryTakeFeedback(_now, 1, 2, buffer, out var length));
            _ = RtcpReader.TryOpen(buffer.AsSpan(0, length), out var reader);
            _ = reader.MoveNext();
            _ = TransportFeedback.TryParse(reader.Current, out var feedback);
            Assert.Equal((byte)round, feedback.FeedbackCount);
        }
    }

    [Property(MaxTest = 200)]
    public bool Everything_that_arrives_near_its_turn_is_reported(byte[] order, ushort first)
    {
        var recorder = new TransportFeedbackRecorder();
        var now = new MonotonicTime(50_000_000);
        var expected = new HashSet<ushort>();
        var reported = new HashSet<ushort>();
        var index = (int)first;
        var buffer = new byte[120];
        foreach (var step in order)
        {
            index += (step % 9) - 3;
            now += TimeSpan.FromMilliseconds(step / 8);
            recorder.HandleArrival((ushort)index, now);
            _ = expected.Add((ushort)index);
            Collect(recorder, now, buffer, reported);
        }

        Collect(recorder, now + TimeSpan.FromMilliseconds(100), buffer, reported);
        return expected.IsSubsetOf(reported) && reported.IsSubsetOf(expected);
    }

    private static void Collect(
        TransportFeedbackRecorder recorder,
        MonotonicTime now,
        byte[] buffer,
        HashSet<ushort> reported
    )
    {
        while (recorder.TryTakeFeedback(now, 1, 2, buffer, out var length))
        {
            _ = RtcpReader.TryOpen(buffer.AsSpan(0, length), out var reader);
            _ = reader.MoveNext();
            _ = TransportFeedback.TryParse(reader.Current, out var feedback);
            while (feedback.MoveNext())
            {
                _ = feedback.IsReceived && reported.Add(feedback.TransportSequence);
            }
        }
    }

    private void Arrive(ushort sequence, double milliseconds = 1)
    {
        _recorder.HandleArrival(sequence, _now);
        _now += TimeSpan.FromMilliseconds(milliseconds);
    }

    private void Wait(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);

    private List<List<(ushort Sequence, long? At)>> Take(int capacity = 1200)
    {
        var packets = new List<List<(ushort, long?)>>();
        var buffer = new byte[capacity];
        while (_recorder.TryTakeFeedback(_now, 1, 2, buffer, out var length))
        {
            Assert.Equal(PacketFault.None, RtcpReader.TryOpen(buffer.AsSpan(0, length), out var reader));
            Assert.True(reader.MoveNext());
            Assert.Equal(PacketFault.None, TransportFeedback.TryParse(reader.Current, out var feedback));
            var packet = new List<(ushort, long?)>();
            while (feedback.MoveNext())
            {
                packet.Add((feedback.TransportSequence, feedback.IsReceived ? feedback.ArrivalMicroseconds : null));
            }

            packets.Add(packet);
        }

        return packets;
    }
}
