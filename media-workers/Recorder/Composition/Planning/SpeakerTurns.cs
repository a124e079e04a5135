using EventMeet.Contracts;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Composition.Planning;

/// <summary>
/// Who is shown as the speaker, and when: like the timeline's dominant speakers, but calmer. Who only interjects is not shown, and
/// the last speaker stays while nobody speaks. A film knows what comes: who speaks long enough is shown from their first word.
/// </summary>
internal sealed class SpeakerTurns
{
    private readonly List<TimelineSpeaker> _turns = [];
    private readonly List<TimelineSpan> _spans = [];

    /// <summary>Works them out.</summary>
    /// <param name="speakers">The dominant speakers, in order, without overlap.</param>
    /// <param name="lengthMs">Up to where the last one stays.</param>
    /// <param name="shortestMs">Who speaks for less is passed over.</param>
    public SpeakerTurns(IReadOnlyList<TimelineSpeaker> speakers, long lengthMs, long shortestMs)
    {
        foreach (var speaker in speakers.Where(speaker => speaker.ToMs - speaker.FromMs >= shortestMs))
        {
            if (_turns.Count == 0 || _turns[^1].Participant != speaker.Participant)
            {
                if (_turns.Count > 0)
                {
                    _turns[^1] = _turns[^1] with { ToMs = speaker.FromMs };
                }

                _turns.Add(speaker);
            }

            _turns[^1] = _turns[^1] with { ToMs = Math.Max(speaker.ToMs, lengthMs) };
        }

        _spans.AddRange(_turns.Select(turn => new TimelineSpan(turn.FromMs, turn.ToMs)));
    }

    /// <summary>Gets the turns: in order, each up to the next.</summary>
    public IReadOnlyList<TimelineSpeaker> Turns => _turns;

    /// <summary>Who is shown at a place, and before them whom, latest first, each once.</summary>
    public IEnumerable<ParticipantId> LatestFirst(long ms)
    {
        // Far enough back: whom nobody heard for so long is not missed in a strip.
        const int MaxTurnsBack = 100;
        var last = SpanSearch.LastBegun(_spans, ms);
        return Enumerable
            .Range(0, Math.Min(last + 1, MaxTurnsBack))
            .Select(back => _turns[last - back].Participant)
            .Distinct();
    }
}
