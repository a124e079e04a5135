namespace EventMeet.Media.Packets;

/// <summary>Counts refusals by reason. One per engine; read from another thread for metrics.</summary>
internal sealed class PacketFaultCounters
{
    private readonly long[] _counts = new long[(int)PacketFault.Count];

    /// <summary>Gets the sum over all faults.</summary>
    public long Total
    {
        get
        {
            var total = 0L;
            for (var fault = (int)PacketFault.None + 1; fault < _counts.Length; fault++)
            {
                total += Volatile.Read(ref _counts[fault]);
            }

            return total;
        }
    }

    /// <summary>Gets how often a fault was counted.</summary>
    public long this[PacketFault fault] => Volatile.Read(ref _counts[(int)fault]);

    /// <summary>Counts one fault; <see cref="PacketFault.None"/> is not counted.</summary>
    /// <returns>The same fault, so that a caller can count and return at once.</returns>
    public PacketFault Count(PacketFault fault)
    {
        if (fault != PacketFault.None)
        {
            _counts[(int)fault]++;
        }

        return fault;
    }

    /// <summary>Lists the faults that have occurred, with how often.</summary>
    public IEnumerable<KeyValuePair<string, long>> Describe()
    {
        for (var fault = PacketFault.None + 1; fault < PacketFault.Count; fault++)
        {
            if (this[fault] is > 0 and var count)
            {
                yield return new(fault.ToString(), count);
            }
        }
    }
}
