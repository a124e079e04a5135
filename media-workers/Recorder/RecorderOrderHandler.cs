using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Composites;
using EventMeet.Recorder.Recordings;
using EventMeet.WorkerHost;

namespace EventMeet.Recorder;

/// <summary>Carries the functions' orders to what they are about. What is not here any more needs none.</summary>
internal sealed class RecorderOrderHandler(RecordingSet recordings, CompositeSet composites)
    : ICommandHandler<RecorderOrder>
{
    /// <inheritdoc/>
    public Task HandleAsync(RecorderOrder command, CancellationToken stopping)
    {
        if (command is CancelComposite cancel)
        {
            composites.Cancel(cancel.Composite);
        }
        else
        {
            recordings.Handle(command);
        }

        return Task.CompletedTask;
    }
}
