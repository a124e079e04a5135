using EventMeet.Media.Rtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>
/// Hears who speaks from the audio levels that the senders state (RFC 6464). Levels are smoothed over some 300 ms;
/// somebody starts to speak above one threshold and stops below a lower one for a while; the dominant speaker keeps the
/// floor until another has clearly taken it.
/// </summary>
internal sealed class SpeakerObserver
{
    // Pages are told each time, at most four times a second.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // A packet each 20 ms: 0.06 reaches half of a step after 11 packets, about a quarter of a second.
    private const float Smoothing = 0.06f;

    // RFC 6464 levels as loudness 0 to 1: 127 dBov below is silence; speech at a usual distance is 20 to 40 below.
    private const float StartsAbove = 0.60f; // 51 dBov below
    private const float StopsBelow = 0.50f; // 63 dBov below
    private static readonly TimeSpan HangOver = TimeSpan.FromMilliseconds(800);

    // Somebody else must be louder by this much for this long to take the floor from one who still speaks.
    private const float TakeOverMargin = 0.05f;
    private static readonly TimeSpan TakeOverTime = TimeSpan.FromMilliseconds(600);

    private Voice? _challenger;
    private MonotonicTime _challengedSince;

    /// <summary>Gets when speakers are chosen anew; never while nobody has spoken lately.</summary>
    public MonotonicTime NextTimeout { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets who has the floor: the one who speaks, or who spoke last.</summary>
    public Voice? Dominant { get; private set; }

    /// <summary>Notes a packet's level.</summary>
    public void HandleLevel(Voice voice, AudioLevel level, MonotonicTime now)
    {
        var loudness = (127 - level.Attenuation) / 127f;
        voice.Loudness += (loudness - voice.Loudness) * Smoothing;
        voice.LastPacket = now;
        if (voice.Loudness > StopsBelow && NextTimeout == MonotonicTime.Never)
        {
            NextTimeout = now + Interval;
        }
    }

    /// <summary>Chooses anew.</summary>
    /// <param name="voices">Everyone who may be heard.</param>
    /// <param name="now">The time.</param>
    /// <param name="givesFloor">Decide who has the floor; otherwise somebody else does, see <see cref="GiveFloor"/>.</param>
    /// <returns>True when who speaks, or who has the floor, has changed.</returns>
    public bool Advance(IReadOnlyList<Voice> voices, MonotonicTime now, bool givesFloor = true)
    {
        if (now < NextTimeout)
        {
            return false;
        }

        var changed = false;
        var anyone = false;
        Voice? loudest = null;
        foreach (var voice in voices)
        {
            changed |= !voice.IsHeardElsewhere && UpdateSpeaking(voice, now);
            anyone |= voice.CanBeHeard;
            if (voice.IsSpeaking && (loudest is null || voice.Loudness > loudest.Loudness))
            {
                loudest = voice;
            }
        }

        changed |= givesFloor && UpdateDominant(loudest, now);
        NextTimeout = anyone ? now + Interval : MonotonicTime.Never;
        return changed;
    }

    /// <summary>Looks again soon: what was heard elsewhere has changed.</summary>
    public void Hurry(MonotonicTime now) => NextTimeout = MonotonicTime.Soonest(NextTimeout, now);

    /// <summary>Somebody else has decided who has the floor.</summary>
    /// <param name="voice">Who; null when nobody has.</param>
    /// <param name="since">Since when.</param>
    /// <returns>True when that is a change.</returns>
    public bool GiveFloor(Voice? voice, MonotonicTime since)
    {
        if (voice == Dominant)
        {
            return false;
        }

        Dominant = voice;
        if (voice is not null)
        {
            voice.LastDominant = since;
        }

        return true;
    }

    /// <summary>Forgets someone who left or was muted.</summary>
    public void Forget(Voice voice)
    {
        voice.Loudness = 0;
        voice.IsSpeaking = false;
        if (Dominant == voice)
        {
            Dominant = null;
        }

        if (_challenger == voice)
        {
            _challenger = null;
        }
    }

    private static bool UpdateSpeaking(Voice voice, MonotonicTime now)
    {
        // A sender that suppresses silence (DTX) sends next to nothing: no packets is silence too.
        if (now - voice.LastPacket > Interval)
        {
            voice.Loudness *= 0.5f;
        }

        if (voice.Loudness > StartsAbove)
        {
            voice.LastSpoke = now;
        }

        var speaks =
            voice.Loudness > StartsAbove
            || (voice.IsSpeaking && (voice.Loudness > StopsBelow || now - voice.LastSpoke < HangOver));
        var changed = speaks != voice.IsSpeaking;
        voice.IsSpeaking = speaks;
        return changed;
    }

    private bool UpdateDominant(Voice? loudest, MonotonicTime now)
    {
        if (loudest is null || loudest == Dominant)
        {
            _challenger = null;
            return false;
        }

        if (Dominant is { IsSpeaking: true } floor)
        {
            if (loudest.Loudness < floor.Loudness + TakeOverMargin)
            {
                _challenger = null;
                return false;
            }

            if (_challenger != loudest)
            {
                (_challenger, _challengedSince) = (loudest, now);
            }

            if (now - _challengedSince < TakeOverTime)
            {
                return false;
            }
        }

        _challenger = null;
        Dominant = loudest;
        loudest.LastDominant = now;
        return true;
    }

    /// <summary>What is known of one audio track's loudness.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="isHeardElsewhere">Another engine hears the packets and says how loud they are.</param>
    internal sealed class Voice(object owner, bool isHeardElsewhere = false)
    {
        public object Owner { get; } = owner;

        public bool IsHeardElsewhere { get; } = isHeardElsewhere;

        /// <summary>Gets a value indicating whether it is more than silence.</summary>
        public bool CanBeHeard => IsSpeaking || Loudness > StopsBelow;

        /// <summary>Gets or sets the smoothed loudness, 0 (silence) to 1 (full scale).</summary>
        public float Loudness { get; set; }

        public bool IsSpeaking { get; set; }

        public MonotonicTime LastPacket { get; set; }

        public MonotonicTime LastSpoke { get; set; }

        public MonotonicTime LastDominant { get; set; }
    }
}
