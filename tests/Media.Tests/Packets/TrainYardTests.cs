using EventMeet.Media.Packets;
using EventMeet.Media.Values;
using FsCheck.Xunit;

namespace EventMeet.Media.Tests.Packets;

/// <summary>Outgoing datagrams wait in trains: nothing is lost, changed or overtaken, and memory is bounded.</summary>
public sealed class TrainYardTests
{
    private const int Wagons = 4096;

    private readonly PacketFaultCounters _faults = new();
    private readonly TrainYard _yard;

    public TrainYardTests() => _yard = new TrainYard(_faults);

    [Property]
    public void Every_datagram_leaves_once_whole_and_in_order(ushort[] lengths, byte destinations)
    {
        var trains = Enumerable.Range(0, (destinations % 5) + 1).Select(NewTrain).ToArray();
        var expected = trains.Select(_ => new List<byte[]>()).ToArray();
        for (var i = 0; i < lengths.Length; i++)
        {
            var (at, datagram) = (i % trains.Length, Datagram(i, (lengths[i] % TrainYard.MaxDatagram) + 1));
            Put(trains[at], datagram);
            expected[at].Add(datagram);
        }

        var taken = TakeAll();

        for (var at = 0; at < trains.Length; at++)
        {
            var datagrams = taken
                .Where(each => each.Destination == trains[at].Destination)
                .Select(each => each.Datagram);
            Assert.Equal(expected[at], datagrams);
        }
    }

    [Fact]
    public void Datagrams_of_one_size_leave_together_and_a_shorter_one_ends_the_train()
    {
        var train = NewTrain(1);
        foreach (var length in (int[])[1000, 1000, 1000, 400, 400, 700])
        {
            Put(train, new byte[length]);
        }

        var runs = new List<(int Bytes, int Segment)>();
        while (_yard.TryTake(out var transmit))
        {
            runs.Add((transmit.Data.Length, transmit.SegmentSize));
        }

        Assert.Equal([(3400, 1000), (400, 400), (700, 700)], runs);
    }

    [Fact]
    public void What_is_reserved_and_not_used_leaves_no_trace()
    {
        Assert.True(_yard.TryReserve(NewTrain(1), out _));
        Assert.False(_yard.TryTake(out _));
    }

    [Fact]
    public void When_every_wagon_is_full_datagrams_are_refused_until_they_were_handed_out()
    {
        var trains = Enumerable.Range(0, Wagons + 1).Select(NewTrain).ToArray();
        foreach (var train in trains[..Wagons])
        {
            Put(train, new byte[100]);
        }

        Assert.False(_yard.TryReserve(trains[Wagons], out _));
        Assert.Contains(_faults.Describe(), fault => fault.Value == 1);
        Assert.Equal(Wagons, TakeAll().Count);
        Put(trains[Wagons], new byte[100]);
        Assert.Single(TakeAll());
    }

    [Fact]
    public void An_answer_goes_to_whoever_asked_and_its_train_is_used_again()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 10; number++)
            {
                _yard.Send(NewTrain(number).Destination, [(byte)number]);
            }

            var taken = TakeAll();
            Assert.Equal(Enumerable.Range(0, 10), taken.Select(each => (int)each.Datagram[0]));
            Assert.All(taken, each => Assert.Equal(NewTrain(each.Datagram[0]).Destination, each.Destination));
        }
    }

    private static TrainYard.Train NewTrain(int number) =>
        new() { Destination = TransportAddress.FromIPv4(0x0A00_0001u + (uint)number, 5000) };

    private static byte[] Datagram(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void Put(TrainYard.Train train, byte[] datagram)
    {
        Assert.True(_yard.TryReserve(train, out var free));
        datagram.CopyTo(free);
        TrainYard.Commit(train, datagram.Length);
    }

    private List<(TransportAddress Destination, byte[] Datagram)> TakeAll()
    {
        var taken = new List<(TransportAddress, byte[])>();
        while (_yard.TryTake(out var transmit))
        {
            for (var rest = transmit.Data; rest.Length > 0; )
            {
                var length = Math.Min(transmit.SegmentSize, rest.Length);
                taken.Add((transmit.Destination, rest[..length].ToArray()));
                rest = rest[length..];
            }
        }

        return taken;
    }
}
