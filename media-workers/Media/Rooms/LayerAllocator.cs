using System.Runtime.InteropServices;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// Divides what a subscriber's path can take over its slots. Sound comes first. Each picture gets its smallest layer, then in
/// the order of <see cref="Claim.OrderAgainst"/> one step more each in turn as long as there is room. Less is sent at once; more only
/// when it fits well and nothing had to be taken back a moment ago.
/// </summary>
internal sealed class LayerAllocator
{
    // Headers of UDP and IP, reports, data channels, and the peaks that pictures have.
    private const double UsableShare = 0.95;

    // Retransmissions come on top of what layers measure.
    private const double RetransmissionAllowance = 1.05;

    // What would only just fit would be taken back at the next peak.
    private const double RiseMargin = 1.15;

    private static readonly TimeSpan RiseAfterFall = TimeSpan.FromSeconds(2);

    private static readonly Comparison<Claim> MostWantedFirst = static (one, other) => one.OrderAgainst(other);

    // Kept between calls, so that dividing allocates nothing.
    private readonly List<Claim> _claims = [];

    /// <summary>Divides an estimate; slots whose picture changes by it tell their subscriber.</summary>
    /// <param name="subscriber">Whose slots.</param>
    /// <param name="estimate">What its path can take.</param>
    /// <param name="dominant">The participant who has the floor; null for nobody.</param>
    /// <param name="now">The time.</param>
    public void Allocate(Subscriber subscriber, DataRate estimate, string? dominant, MonotonicTime now)
    {
        var sound = TakeClaims(subscriber, dominant, now, out var wanted);
        _claims.Sort(MostWantedFirst);
        var claims = CollectionsMarshal.AsSpan(_claims);
        var left = (long)(estimate.BitsPerSecond * UsableShare) - sound;
        foreach (ref var claim in claims)
        {
            left -= GiveSmallest(ref claim, now);
        }

        while (TryRise(claims, ref left, now)) { }

        var allocated = sound;
        foreach (ref readonly var claim in claims)
        {
            allocated += claim.Rate;
            Apply(claim, now);
        }

        _claims.Clear();
        subscriber.Bandwidth.Wanted = new((long)(wanted * RetransmissionAllowance / UsableShare));
        subscriber.Bandwidth.Allocated = new((long)(allocated * RetransmissionAllowance / UsableShare));
    }

    private long TakeClaims(Subscriber subscriber, string? dominant, MonotonicTime now, out long wanted)
    {
        var sound = 0L;
        wanted = 0;
        foreach (var slot in subscriber.Slots)
        {
            if (slot.Kind is MediaKind.Audio)
            {
                sound += slot.Carried?.RateAt(now).BitsPerSecond ?? 0;
            }
            else if (slot.Wanted is { } track && track.LayerFor(slot.WantedHeight) is { } best)
            {
                wanted += best.RateAt(now).BitsPerSecond;
                _claims.Add(new Claim(slot, track, best, dominant, _claims.Count));
            }
        }

        wanted += sound;
        return sound;
    }

    // Even where there is no room for it: a picture that comes badly is better than none.
    private static long GiveSmallest(ref Claim claim, MonotonicTime now)
    {
        var smallest = claim.Track.LayerAbove(null, claim.Best, now) ?? claim.Best;
        var rate = smallest.RateAt(now).BitsPerSecond;
        claim.Give(smallest, rate);
        return rate;
    }

    private static bool TryRise(Span<Claim> claims, ref long left, MonotonicTime now)
    {
        var hasRisen = false;
        foreach (ref var claim in claims)
        {
            if (claim.Track.LayerAbove(claim.Given, claim.Best, now) is not { } next)
            {
                continue;
            }

            var rate = next.RateAt(now).BitsPerSecond;
            var isMore =
                claim.Slot.Carried is { } carried && carried.Track == claim.Track && next.IsAbove(carried, now);
            if (isMore && now < claim.Slot.MayRiseAt)
            {
                continue;
            }

            if ((rate - claim.Rate) * (isMore ? RiseMargin : 1) <= left)
            {
                left -= rate - claim.Rate;
                claim.Give(next, rate);
                hasRisen = true;
            }
        }

        return hasRisen;
    }

    private static void Apply(Claim claim, MonotonicTime now)
    {
        var slot = claim.Slot;
        if (slot.Carried is { } carried && carried.Track == claim.Track && carried.IsAbove(claim.Given, now))
        {
            slot.MayRiseAt = now + RiseAfterFall;
        }

        slot.Allow(claim.Given, now);
    }

    /// <summary>A slot that wants a picture, and what it is given.</summary>
    private struct Claim(Slot slot, Track track, Layer best, string? dominant, int position)
    {
        private readonly bool _isScreen = track.Source is TrackSource.ScreenShare;
        private readonly bool _isPinned = slot.Pin is not null;
        private readonly bool _hasFloor = string.Equals(
            track.Publisher.Participant.Id,
            dominant,
            StringComparison.Ordinal
        );
        private readonly int _height = slot.WantedHeight ?? int.MaxValue;

        public Slot Slot { get; } = slot;

        public Track Track { get; } = track;

        /// <summary>Gets the layer it would have if there were room.</summary>
        public Layer Best { get; } = best;

        /// <summary>Gets the layer given.</summary>
        public Layer Given { get; private set; } = best;

        /// <summary>Gets what that takes, in bits per second.</summary>
        public long Rate { get; private set; }

        public void Give(Layer layer, long rate) => (Given, Rate) = (layer, rate);

        /// <summary>Which of two comes first: a screen, who has the floor, what is shown larger, what was asked for by name.</summary>
        public readonly int OrderAgainst(Claim other)
        {
            var order = other._isScreen.CompareTo(_isScreen);
            order = order != 0 ? order : other._hasFloor.CompareTo(_hasFloor);
            order = order != 0 ? order : other._height.CompareTo(_height);
            order = order != 0 ? order : other._isPinned.CompareTo(_isPinned);
            return order != 0 ? order : position.CompareTo(other.Position);
        }

        private readonly int Position => position;
    }
}
