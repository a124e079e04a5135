using EventMeet.Media;

namespace EventMeet.Sfu;

/// <summary>What a shard has done since its start; written by its thread ten times a second, read by any thread.</summary>
internal sealed class LoopCounters
{
    private long _rooms;
    private long _peers;
    private long _packets;
    private long _bytes;
    private long _cpuTicks;

    /// <summary>Gets rooms on the shard.</summary>
    public int Rooms => (int)Volatile.Read(ref _rooms);

    /// <summary>Gets peers on the shard.</summary>
    public int Peers => (int)Volatile.Read(ref _peers);

    /// <summary>Gets datagrams in and out.</summary>
    public long Packets => Volatile.Read(ref _packets);

    /// <summary>Gets bytes in and out.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Gets the CPU time of the shard's thread.</summary>
    public TimeSpan Cpu => TimeSpan.FromTicks(Volatile.Read(ref _cpuTicks));

    /// <summary>Writes down how things stand; by the shard's thread.</summary>
    public void Note(ForwardingEngine engine, TimeSpan cpu)
    {
        Volatile.Write(ref _rooms, engine.RoomCount);
        Volatile.Write(ref _peers, engine.PeerCount);
        Volatile.Write(ref _packets, engine.PacketsIn + engine.PacketsOut);
        Volatile.Write(ref _bytes, engine.BytesIn + engine.BytesOut);
        Volatile.Write(ref _cpuTicks, cpu.Ticks);
    }
}
