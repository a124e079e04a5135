using EventMeet.Media.Codecs;
using EventMeet.Media.Feedback;
using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>A track at a relay's receiving end.</summary>
public sealed class RelayTrack
{
    private readonly ReplayWindow _taken;

    internal RelayTrack(RelayTrackDescription description, MonotonicTime now)
    {
        Description = description;
        CodecKind = CodecKinds.FromName(description.Codec);
        Statistics = new ReceiveStatistics(description.Ssrc, description.ClockRate);
        // So that packets that are lost at the very beginning are missed as well.
        var before = new PacketIndex(Math.Max(description.FirstSequenceNumber - 1, 0));
        _taken = new ReplayWindow(before.Value);
        Nacks.HandleArrival(before, now);
    }

    /// <summary>Gets what the sending end said of it when it was added.</summary>
    public RelayTrackDescription Description { get; }

    /// <summary>Gets the track's id.</summary>
    public string Id => Description.Id;

    /// <summary>Gets the codec by its kind.</summary>
    public CodecKind CodecKind { get; }

    /// <summary>Gets packets that were asked for and never came.</summary>
    public long AbandonedCount => Nacks.AbandonedCount;

    /// <summary>Gets packets that came because they were asked for.</summary>
    public long RecoveredCount => Nacks.RecoveredCount;

    internal ReceiveStatistics Statistics { get; }

    internal NackTracker Nacks { get; } = new();

    internal KeyFrameRequester KeyFrames { get; } = new();

    /// <summary>The index of a retransmitted packet.</summary>
    internal PacketIndex Unwrap(SequenceNumber number) => new PacketIndex(_taken.Newest).Unwrap(number);

    /// <summary>Notes a packet.</summary>
    /// <returns>False when it was here before, or is too old to know.</returns>
    internal bool TryTake(PacketIndex index, MonotonicTime now)
    {
        if (_taken.Check(index.Value) is not PacketFault.None)
        {
            return false;
        }

        _taken.Accept(index.Value);
        Nacks.HandleArrival(index, now);
        return true;
    }
}
