namespace EventMeet.Media;

/// <summary>How an engine makes trains of the packets that it forwards: what they may cost in time and bytes.</summary>
public sealed record ForwardingOptions
{
    /// <summary>Gets how long the first packets of a picture wait for the others; zero forwards each as it comes.</summary>
    // A picture can be shown no sooner than its last packet is there, and browsers send all of them at once. Where the
    // network has spread them the wait would be for nothing; see GatheredFrame.
    public TimeSpan LongestGathering { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Gets the most bytes of RTP padding that bring a packet to the size of its frame's others; 0 to 255, 0 for none.</summary>
    // Encoders cut frames into packets that differ by a byte; a header extension on some of them makes a few more.
    public int MaxPadding { get; init; } = 24;
}
