using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Work;

/// <summary>Sends the last word about a piece of work, and knows when the broker has it: only then may the work's message be completed.</summary>
internal sealed class FinalReports(
    IMessageBus bus,
    WorkerIdentity identity,
    IdSource ids,
    TimeProvider clock,
    ILogger<FinalReports> logger
)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    /// <summary>Sends it, however long the bus is away.</summary>
    /// <param name="report">What to say.</param>
    /// <param name="cancellationToken">Gives up: the work's message comes again to somebody, who will say it.</param>
    public async Task SendAsync(RecordingEvent report, CancellationToken cancellationToken)
    {
        // One id for all attempts: one whose answer was lost is not delivered twice.
        var message = new BusMessage(
            ids.NewText("evt_"),
            MessageTypes.NameOf(report),
            identity.Source,
            report.At,
            MessageTypes.Write(report)
        )
        {
            Subject = report.Room.Value,
        };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await bus.SendAsync(BusEntities.WorkerEvents, [message], cancellationToken);
                return;
            }
            catch (BusException failure)
            {
                logger.ReportWaits(message.Type, attempt, failure.Message);
                await Task.Delay(RetryDelay, clock, cancellationToken);
            }
        }
    }
}
