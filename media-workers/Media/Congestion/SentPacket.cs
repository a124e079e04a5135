namespace EventMeet.Media.Congestion;

/// <summary>What is remembered of a packet that left: eight bytes.</summary>
internal struct SentPacket
{
    /// <summary>When it left: the low 32 bits of the clock's microseconds, which wrap after 71 minutes.</summary>
    public uint SentAt;

    /// <summary>Bytes on the wire.</summary>
    public ushort Length;

    /// <summary>What is known of it.</summary>
    public SentPacketState State;
}

/// <summary>What feedback has said about a packet.</summary>
internal enum SentPacketState : byte
{
    /// <summary>There is no such packet.</summary>
    None,

    /// <summary>Nothing yet.</summary>
    Pending,

    /// <summary>It has not arrived; it may do so yet.</summary>
    Lost,

    /// <summary>It has arrived.</summary>
    Received,
}
