using System.Buffers.Binary;
using System.Text;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>Data channels between two endpoints over good and bad networks.</summary>
public sealed class SctpConversationTests
{
    [Fact]
    public void Opens_a_channel_and_carries_messages_both_ways()
    {
        var lab = SctpLab.Connected();
        Assert.True(
            lab.Client.Channels.TryOpen(
                new()
                {
                    Label = "chat",
                    Protocol = "v1",
                    Priority = 512,
                },
                lab.Now,
                out var streamId
            )
        );
        Assert.Equal(0, streamId);
        Assert.Equal(SendResult.Queued, lab.Client.Channels.Send(streamId, true, "hello"u8, lab.Now));
        lab.RunUntil(() => lab.Server.Messages.Count == 1);

        Assert.Equal(["up", "opened 0 chat"], lab.Server.Log);
        Assert.Equal("v1", lab.Server.Opened[0].Protocol);
        Assert.Equal(512, lab.Server.Opened[0].Priority);
        Assert.True(lab.Server.Messages[0].IsText);
        Assert.Equal("hello"u8, lab.Server.Messages[0].Payload);

        Assert.Equal(SendResult.Queued, lab.Server.Channels.Send(0, false, default, lab.Now));
        Assert.Equal(SendResult.Queued, lab.Server.Channels.Send(0, true, default, lab.Now));
        Assert.Equal(SendResult.Queued, lab.Server.Channels.Send(0, false, [1, 2, 3], lab.Now));
        lab.RunUntil(() => lab.Client.Messages.Count == 3);
        Assert.Equal([false, true, false], lab.Client.Messages.Select(message => message.IsText));
        Assert.Equal([0, 0, 3], lab.Client.Messages.Select(message => message.Payload.Length));
        Assert.Equal(["up", "opened 0 chat"], lab.Client.Log);
    }

    [Theory]
    [InlineData(1, 0, 0, 10, 0)]
    [InlineData(2, 0.05, 0.02, 50, 20)]
    [InlineData(3, 0.1, 0, 100, 0)]
    [InlineData(4, 0.2, 0.1, 20, 60)]
    [InlineData(5, 0.3, 0.1, 200, 100)]
    [InlineData(6, 0.3, 0, 10, 40)]
    public void Every_reliable_message_arrives_once_and_in_order(
        int seed,
        double loss,
        double duplication,
        int delay,
        int jitter
    )
    {
        var lab = new SctpLab(seed)
        {
            Loss = loss,
            Duplication = duplication,
            Delay = TimeSpan.FromMilliseconds(delay),
            Jitter = TimeSpan.FromMilliseconds(jitter),
        };
        lab.Client.Channels.Connect(lab.Now);
        Assert.True(lab.Client.Channels.TryOpen(new() { Label = "a" }, lab.Now, out var first));
        Assert.True(lab.Server.Channels.TryOpen(new() { Label = "b" }, lab.Now, out var second));
        Assert.True(lab.Client.Channels.TryOpen(new() { Label = "c", Ordered = false }, lab.Now, out var unordered));
        var chance = new Random(seed);
        var (sent, next) = (new List<byte[]>(), 0);
        for (var index = 0; index < 200; index++)
        {
            var message = new byte[4 + chance.Next(index % 10 == 0 ? 8000 : 300)];
            BinaryPrimitives.WriteInt32BigEndian(message, index);
            chance.NextBytes(message.AsSpan(4));
            sent.Add(message);
        }

        while (next < sent.Count)
        {
            var isTaken =
                lab.Client.Channels.Send(first, false, sent[next], lab.Now) == SendResult.Queued
                && lab.Server.Channels.Send(second, false, sent[next], lab.Now) == SendResult.Queued
                && lab.Client.Channels.Send(unordered, false, sent[next], lab.Now) == SendResult.Queued;
            Assert.True(isTaken);
            next++;
            lab.Run(TimeSpan.FromMilliseconds(30));
        }

        lab.RunUntil(
            () => lab.Client.Messages.Count >= sent.Count && lab.Server.Messages.Count >= 2 * sent.Count,
            seconds: 300
        );
        lab.Run(TimeSpan.FromSeconds(20));

        Assert.Equal(sent, lab.Client.Messages.Where(message => message.StreamId == second).Select(m => m.Payload));
        Assert.Equal(sent, lab.Server.Messages.Where(message => message.StreamId == first).Select(m => m.Payload));
        var others = lab.Server.Messages.Where(message => message.StreamId == unordered).Select(m => m.Payload);
        Assert.Equal(sent, others.OrderBy(message => BinaryPrimitives.ReadInt32BigEndian(message)));
        Assert.Equal(Deadline.None, lab.Client.Channels.NextTimeout);
        Assert.Equal(Deadline.None, lab.Server.Channels.NextTimeout);
        Assert.Equal(0, lab.Client.Association.Sender.InFlight);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void A_flood_fills_the_buffer_and_then_arrives_whole(double loss)
    {
        var lab = SctpLab.Connected(7);
        lab.Loss = loss;
        Assert.True(lab.Client.Channels.TryOpen(new(), lab.Now, out var streamId));
        var message = new byte[64 * 1024];
        new Random(1).NextBytes(message);
        var (sent, refused) = (0, 0);
        while (sent < 40)
        {
            var result = lab.Client.Channels.Send(streamId, false, message, lab.Now);
            if (result == SendResult.Queued)
            {
                sent++;
            }
            else
            {
                Assert.Equal(SendResult.BufferFull, result);
                refused++;
                lab.Run(TimeSpan.FromMilliseconds(50));
            }
        }

        Assert.True(refused > 0);
        Assert.InRange(lab.Client.Channels.BufferedAmount(streamId), 1, 256 * 1024);
        lab.RunUntil(() => lab.Server.Messages.Count == sent, seconds: 600);
        Assert.All(lab.Server.Messages, taken => Assert.Equal(message, taken.Payload));
        lab.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(0, lab.Client.Channels.BufferedAmount(streamId));
        Assert.Equal(SendResult.TooLarge, lab.Client.Channels.Send(streamId, false, new byte[65537], lab.Now));
    }
}
