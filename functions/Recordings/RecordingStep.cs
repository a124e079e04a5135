using EventMeet.Contracts;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Recordings;

/// <summary>What a decision about a recording leads to; all of it is committed together.</summary>
/// <param name="After">The recording as it shall be.</param>
internal sealed record RecordingStep(Recording After)
{
    /// <summary>Gets who is told what.</summary>
    public IReadOnlyList<RecordingOrder> Orders { get; init; } = [];

    /// <summary>Gets the recording's files; null when nothing new is known of them.</summary>
    public IReadOnlyList<RecordedFile>? Files { get; init; }

    /// <summary>The same with more to tell.</summary>
    public RecordingStep With(params IEnumerable<RecordingOrder> more) => this with { Orders = [.. Orders, .. more] };
}

/// <summary>Somebody is told something.</summary>
internal abstract record RecordingOrder;

/// <summary>One recorder is.</summary>
internal sealed record ToRecorder(WorkerId Worker, RecorderOrder Order) : RecordingOrder;

/// <summary>One shard of one SFU worker is.</summary>
internal sealed record ToShard(WorkerId Worker, SfuCommand Order) : RecordingOrder;

/// <summary>Whichever recorder has the time is.</summary>
internal sealed record ToAnyRecorder(RecorderCommand Command) : RecordingOrder;

/// <summary>What to answer a recorder that wants media.</summary>
internal enum WantedAnswer
{
    /// <summary>Nothing: it was answered already.</summary>
    Nothing,

    /// <summary>A relay.</summary>
    Feed,

    /// <summary>That it shall finish.</summary>
    Stop,

    /// <summary>That it shall let go.</summary>
    Yield,
}
