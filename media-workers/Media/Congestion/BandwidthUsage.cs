namespace EventMeet.Media.Congestion;

/// <summary>What the trend of the one-way delay says about the path (draft-ietf-rmcat-gcc-02 section 5.4).</summary>
internal enum BandwidthUsage
{
    /// <summary>The queue neither grows nor drains.</summary>
    Normal,

    /// <summary>A queue is draining: what is sent is less than the path takes.</summary>
    Underuse,

    /// <summary>A queue is growing: more is sent than the path takes.</summary>
    Overuse,
}
