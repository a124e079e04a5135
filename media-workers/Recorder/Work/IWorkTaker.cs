using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Work;

/// <summary>What does a kind of work that several recorders compete for.</summary>
/// <typeparam name="TCommand">The kind.</typeparam>
internal interface IWorkTaker<in TCommand>
    where TCommand : RecorderCommand
{
    /// <summary>Gets why no work of this kind is taken now; null when it is. Asked several times a second, by any thread.</summary>
    string? Refusal { get; }

    /// <summary>Takes a piece of work, or goes on with it under another lock.</summary>
    /// <param name="command">What to do.</param>
    /// <param name="lease">The right to do it; becomes the taker's own.</param>
    void Take(TCommand command, Lease lease);
}
