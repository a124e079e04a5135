using EventMeet.Media.Values;

namespace EventMeet.Media.Packets;

/// <summary>
/// Where outgoing datagrams wait for the end of the turn. Every destination has a <see cref="Train"/>; its datagrams lie
/// one behind the other, so that those of equal size leave with one system call. Memory is bounded: when every wagon
/// is in use, datagrams are dropped and counted.
/// </summary>
/// <param name="faults">Where drops are counted.</param>
internal sealed class TrainYard(PacketFaultCounters faults)
{
    /// <summary>The longest datagram that may be reserved, in bytes.</summary>
    public const int MaxDatagram = 1500;

    // At 16 KiB a wagon that is 64 MiB, more than 40,000 packets in one turn.
    private const int MaxWagons = 4096;

    private readonly Stack<Wagon> _empty = new();
    private readonly Stack<Wagon> _spent = new();
    private readonly Queue<Train> _waiting = new();
    private readonly Stack<Train> _singles = new();
    private int _wagons;

    /// <summary>Gets room for one datagram; follow with <see cref="Commit"/>.</summary>
    /// <param name="train">The destination's train.</param>
    /// <param name="destination">At least <see cref="MaxDatagram"/> bytes to write into.</param>
    /// <returns>False when there is no memory left for this turn.</returns>
    public bool TryReserve(Train train, out Span<byte> destination)
    {
        var wagon = train.Last;
        if (wagon is null || !wagon.HasRoom)
        {
            wagon = TakeWagon();
            if (wagon is null)
            {
                _ = faults.Count(PacketFault.QueueFull);
                destination = default;
                return false;
            }

            if (train.Append(wagon))
            {
                _waiting.Enqueue(train);
            }
        }

        destination = wagon.Free;
        return true;
    }

    /// <summary>Says how long the datagram just written is.</summary>
    /// <param name="train">The same train as reserved.</param>
    /// <param name="length">Bytes; zero takes the reservation back.</param>
    public static void Commit(Train train, int length)
    {
        if (length > 0)
        {
            train.Last!.Add(length);
        }
    }

    /// <summary>Queues one datagram for an address that has no train of its own: an answer to whoever asked.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="datagram">What; copied.</param>
    public void Send(TransportAddress destination, ReadOnlySpan<byte> datagram)
    {
        if (!_singles.TryPop(out var train))
        {
            train = new Train { IsSingle = true };
        }

        train.Destination = destination;
        if (TryReserve(train, out var free))
        {
            datagram.CopyTo(free);
            Commit(train, datagram.Length);
        }
        else
        {
            _singles.Push(train);
        }
    }

    /// <summary>Takes the next datagrams that can leave together. Call until false after every input.</summary>
    /// <param name="transmit">Valid until the next input.</param>
    public bool TryTake(out Transmit transmit)
    {
        while (_waiting.TryPeek(out var train))
        {
            while (train.First is { } wagon)
            {
                if (wagon.TryTakeRun(out var data, out var segmentSize))
                {
                    var isLast = wagon.IsEmpty && wagon.Next is null && _waiting.Count == 1;
                    transmit = new Transmit(train.Destination, data, segmentSize, isLast);
                    return true;
                }

                _spent.Push(train.RemoveFirst());
            }

            _ = _waiting.Dequeue();
            if (train.IsSingle)
            {
                _singles.Push(train);
            }
        }

        // Everything has been handed out and, as nobody asks for more, sent.
        while (_spent.TryPop(out var wagon))
        {
            wagon.Clear();
            _empty.Push(wagon);
        }

        transmit = default;
        return false;
    }

    private Wagon? TakeWagon()
    {
        if (_empty.TryPop(out var wagon))
        {
            return wagon;
        }

        if (_wagons == MaxWagons)
        {
            return null;
        }

        _wagons++;
        return new Wagon();
    }

    /// <summary>What leaves for one destination this turn.</summary>
    internal sealed class Train
    {
        /// <summary>Gets or sets where to.</summary>
        public TransportAddress Destination { get; set; }

        internal bool IsSingle { get; init; }

        internal Wagon? First { get; private set; }

        internal Wagon? Last { get; private set; }

        /// <summary>Gets the length of the datagram that would leave right before the next one; 0 when there is none.</summary>
        public int LastLength => Last?.LastLength ?? 0;

        /// <summary>Adds a wagon.</summary>
        /// <returns>True when it is the first one: the train has to be queued.</returns>
        internal bool Append(Wagon wagon)
        {
            var isFirst = First is null;
            if (isFirst)
            {
                First = wagon;
            }
            else
            {
                Last!.Next = wagon;
            }

            Last = wagon;
            return isFirst;
        }

        internal Wagon RemoveFirst()
        {
            var wagon = First!;
            First = wagon.Next;
            wagon.Next = null;
            if (First is null)
            {
                Last = null;
            }

            return wagon;
        }
    }

    /// <summary>A fixed piece of pinned memory with datagrams one behind the other.</summary>
    internal sealed class Wagon
    {
        private const int Capacity = 16 << 10;
        private const int MaxDatagrams = 64; // the kernel's limit for one GSO send, UDP_MAX_SEGMENTS

        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Capacity, pinned: true);
        private readonly ushort[] _lengths = new ushort[MaxDatagrams];
        private int _count;
        private int _used;
        private int _taken;
        private int _takenBytes;

        internal Wagon? Next { get; set; }

        internal bool HasRoom => _count < MaxDatagrams && Capacity - _used >= MaxDatagram;

        internal Span<byte> Free => _bytes.AsSpan(_used);

        internal bool IsEmpty => _taken == _count;

        internal int LastLength => _count > 0 ? _lengths[_count - 1] : 0;

        internal void Add(int length)
        {
            _lengths[_count++] = (ushort)length;
            _used += length;
        }

        internal bool TryTakeRun(out ReadOnlySpan<byte> data, out int segmentSize)
        {
            data = default;
            segmentSize = 0;
            if (IsEmpty)
            {
                return false;
            }

            segmentSize = _lengths[_taken];
            var start = _takenBytes;
            int length;
            do
            {
                length = _lengths[_taken++];
                _takenBytes += length;
            } while (length == segmentSize && _taken < _count && _lengths[_taken] <= segmentSize);

            data = _bytes.AsSpan(start, _takenBytes - start);
            return true;
        }

        internal void Clear() => (_count, _used, _taken, _takenBytes) = (0, 0, 0, 0);
    }
}
