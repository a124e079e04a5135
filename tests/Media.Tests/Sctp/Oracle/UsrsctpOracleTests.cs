using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp.Oracle;

/// <summary>Our association against usrsctp, in virtual time. Skipped where libusrsctp is not installed.</summary>
public sealed class UsrsctpOracleTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 0.1)]
    [InlineData(false, true, 0.2)]
    [InlineData(true, true, 0.2)]
    public void Messages_cross_both_ways_in_order(bool weConnect, bool theyConnect, double loss)
    {
        using var lab = new Lab(weConnect, theyConnect, loss, seed: 3);
        var chance = new Random(1);
        for (var index = 0; index < 60; index++)
        {
            var payload = new byte[index % 6 == 0 ? chance.Next(1, 65_536) : chance.Next(1, 1500)];
            chance.NextBytes(payload);
            lab.SendBoth((ushort)(index % 3), payload);
        }

        lab.RunUntil(() => lab.Ours.Count == 60 && lab.Theirs.Messages.Count == 60);
        for (ushort stream = 0; stream < 3; stream++)
        {
            Assert.Equal(
                lab.Sent.Where(one => one.StreamId == stream),
                lab.Ours.Where(one => one.StreamId == stream),
                Same
            );
            Assert.Equal(
                lab.Sent.Where(one => one.StreamId == stream),
                lab.Theirs.Messages.Where(one => one.StreamId == stream),
                Same
            );
        }

        Assert.Empty(lab.Faults);
    }

    [Fact]
    public void Given_up_messages_are_skipped_both_ways()
    {
        using var lab = new Lab(weConnect: false, theyConnect: true, loss: 0, seed: 4);
        lab.Loss = 0.3;
        for (var index = 0; index < 60; index++)
        {
            var payload = new byte[index % 2 == 0 ? 100 : 6000];
            payload[0] = (byte)index;
            Assert.True(lab.Theirs.TrySend(1, 53, payload, unordered: index % 3 == 0, limit: (3, 0)));
            Assert.Equal(
                SendResult.Queued,
                lab.Association.Send(new(1, 53, index % 3 == 0, MaxRetransmits: 0), payload, lab.Now)
            );
            lab.Run(50);
        }

        lab.Loss = 0;
        lab.SendBoth(1, "end"u8.ToArray());
        lab.RunUntil(() => lab.Ours[^1].Payload.Length == 3 && lab.Theirs.Messages[^1].Payload.Length == 3);
        Assert.InRange(lab.Ours.Count, 5, 60);
        Assert.InRange(lab.Theirs.Messages.Count, 5, 60);
        Assert.Empty(lab.Faults);
    }

    [Fact]
    public void Streams_are_reset_both_ways_and_used_again()
    {
        using var lab = new Lab(weConnect: true, theyConnect: false, loss: 0, seed: 5);
        for (var round = 1; round <= 3; round++)
        {
            lab.SendBoth(7, [1]);
            lab.SendBoth(7, [2]);
            lab.RunUntil(() => lab.Ours.Count == round * 2 && lab.Theirs.Messages.Count == round * 2);
            lab.Association.ResetStream(7);
            lab.RunUntil(() => lab.Theirs.Log.Count(entry => entry == "reset 7 in") == round);
            lab.Theirs.Reset(7);
            lab.RunUntil(() => lab.Events.Count(entry => entry == SctpEventKind.IncomingReset) == round);
            lab.RunUntil(() => lab.Events.Count(entry => entry == SctpEventKind.OutgoingReset) == round);
        }

        Assert.Empty(lab.Faults);
    }

    [Fact]
    public void Shutdown_ends_both()
    {
        using var lab = new Lab(weConnect: true, theyConnect: false, loss: 0, seed: 6);
        lab.SendBoth(0, [1]);
        lab.Association.Shutdown(lab.Now);
        lab.RunUntil(() => lab.Association.State == SctpState.Closed);
        lab.RunUntil(() => lab.Theirs.Log.Contains("association 4"));
        Assert.Single(lab.Theirs.Messages);
    }

    private static bool Same(
        (ushort StreamId, uint Ppid, byte[] Payload) left,
        (ushort StreamId, uint Ppid, byte[] Payload) right
    ) =>
        left.StreamId == right.StreamId
        && left.Ppid == right.Ppid
        && left.Payload.AsSpan().SequenceEqual(right.Payload);

    private sealed class Lab : IDisposable
    {
        private const byte Data = 0;
        private const byte Sack = 3;

        private readonly byte[] _buffer = new byte[1180];
        private readonly Random _chance;
        private int _fullPackets;
        private readonly Queue<(bool ToUs, byte[] Packet)> _wire = new(); // one tick of delay

        public Lab(bool weConnect, bool theyConnect, double loss, int seed)
        {
            if (!Usrsctp.IsPresent)
            {
                Assert.Skip("libusrsctp.so.2 is not installed.");
            }

            (_chance, Loss) = (new(seed), loss);
            Association = new(new() { ZeroChecksum = false });
            Theirs = new();
            if (weConnect)
            {
                Association.Connect(Now);
            }

            if (theyConnect)
            {
                Theirs.Connect();
            }
            else
            {
                Theirs.Listen();
            }

            RunUntil(() => Events.Contains(SctpEventKind.Up) && Theirs.Log.Contains("association 1"));
        }

        public SctpAssociation Association { get; }

        public Usrsctp Theirs { get; }

        public double Loss { get; set; }

        public MonotonicTime Now { get; private set; } = new(1_000_000);

        public List<(ushort StreamId, uint Ppid, byte[] Payload)> Sent { get; } = [];

        public List<(ushort StreamId, uint Ppid, byte[] Payload)> Ours { get; } = [];

        public List<SctpEventKind> Events { get; } = [];

        public List<PacketFault> Faults { get; } = [];

        public void SendBoth(ushort streamId, byte[] payload)
        {
            Sent.Add((streamId, 53, payload));
            for (var attempt = 0; Association.Send(new(streamId, 53), payload, Now) != SendResult.Queued; attempt++)
            {
                Assert.True(attempt < 10_000);
                Run(10);
            }

            for (var attempt = 0; !Theirs.TrySend(streamId, 53, payload); attempt++)
            {
                Assert.True(attempt < 10_000);
                Run(10);
            }
        }

        public void Run(int milliseconds)
        {
            for (var spent = 0; spent < milliseconds; spent += 10)
            {
                Step();
            }
        }

        public void RunUntil(Func<bool> condition)
        {
            for (var ticks = 0; !condition(); ticks++)
            {
                Assert.True(
                    ticks < 30_000,
                    $"Nothing more happens: {Association.State}, {Ours.Count} and {Theirs.Messages.Count} messages, {string.Join(", ", Theirs.Log)}."
                );
                Step();
            }
        }

        public void Dispose()
        {
            Theirs.End();
            _ = Theirs.TakePackets();
        }

        private void Step()
        {
            Now += Tick;
            for (var count = _wire.Count; count > 0; count--)
            {
                var (toUs, packet) = _wire.Dequeue();
                if (IsLost(toUs, packet))
                {
                    continue;
                }

                if (toUs)
                {
                    Note(Association.HandlePacket(packet, Now));
                }
                else
                {
                    Theirs.Handle(packet);
                }
            }

            if (Association.NextTimeout.At <= Now)
            {
                Association.Advance(Now);
            }

            Usrsctp.Advance(10);
            Theirs.Poll();
            TakeEvents();
            while (Association.TryTakePacket(_buffer, Now, out var length))
            {
                _wire.Enqueue((false, _buffer[..length]));
            }

            Theirs.TakePackets().ForEach(packet => _wire.Enqueue((true, packet)));
        }

        /// <summary>
        /// usrsctp looks at the wall clock before it sends again on a timeout, and here next to none of that passes. So of
        /// its packets only SACKs and the occasional full one are lost, which its fast retransmit repairs.
        /// </summary>
        private bool IsLost(bool toUs, byte[] packet) =>
            (toUs, packet[12]) switch
            {
                (false, Data) or (true, Sack) => _chance.NextDouble() < Loss,
                (true, Data) => Loss > 0 && packet.Length > 1200 && _fullPackets++ % 9 == 4,
                _ => false,
            };

        private void TakeEvents()
        {
            while (Association.TryTakeEvent(out var taken))
            {
                Events.Add(taken.Kind);
                if (taken.Kind == SctpEventKind.Message)
                {
                    Ours.Add((taken.StreamId, taken.PayloadProtocolIdentifier, taken.Payload.ToArray()));
                    Association.Return(taken);
                }
            }
        }

        private void Note(PacketFault fault)
        {
            if (fault != PacketFault.None)
            {
                Faults.Add(fault);
            }
        }
    }
}
