using EventMeet.Media.Congestion;
using EventMeet.Media.Peers;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>Whoever is sent a room's tracks, each by a slot: a participant's peer, or a relay.</summary>
/// <param name="context">What everything in the engine shares.</param>
internal abstract class Subscriber(EngineContext context)
{
    /// <summary>Gets where the packets of all slots leave.</summary>
    public Outlet Outlet { get; } = new();

    /// <summary>Gets what carries tracks.</summary>
    public List<Slot> Slots { get; } = [];

    /// <summary>Gets what its path can take, as far as it reports when packets arrive.</summary>
    public BandwidthEstimator Bandwidth { get; } = new();

    /// <summary>Gets what everything in the engine shares.</summary>
    protected EngineContext Context { get; } = context;

    /// <summary>What a slot carries has changed.</summary>
    public abstract void NoteChanged(Slot slot);

    /// <summary>The round trip has been measured.</summary>
    public virtual void NoteRoundTrip(TimeSpan roundTrip) { }

    /// <summary>Finds the slot that sends under an SSRC; null when none does.</summary>
    public Slot? SlotOf(uint ssrc)
    {
        foreach (var slot in Slots)
        {
            if (slot.Ssrc == ssrc)
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>It has reported when packets arrived.</summary>
    public virtual void HandleTransportFeedback(ref TransportFeedback feedback, MonotonicTime now) =>
        Bandwidth.HandleFeedback(ref feedback, now);

    /// <summary>Gets or sets when the engine looks at it next; nothing of it is due before.</summary>
    public MonotonicTime DueAt { get; set; } = MonotonicTime.Zero;

    /// <summary>Asks the engine to be woken.</summary>
    public void WakeAt(MonotonicTime time)
    {
        DueAt = MonotonicTime.Soonest(DueAt, time);
        Context.WakeAt(time);
    }

    /// <summary>All slots let go, because nothing more is sent.</summary>
    public void ReleaseSlots()
    {
        foreach (var slot in Slots)
        {
            _ = slot.Carry(null, MonotonicTime.Zero);
        }
    }
}
