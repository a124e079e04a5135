using EventMeet.Contracts.Messages;

namespace EventMeet.Recorder.Composites;

/// <summary>Says how far a composite is: when it begins, and at most once every two seconds.</summary>
internal sealed class CompositeProgress(MakeComposite command, CompositeTools tools) : IProgress<double>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private DateTimeOffset _next = DateTimeOffset.MinValue;

    /// <inheritdoc/>
    public void Report(double value)
    {
        var now = tools.Clock.GetUtcNow();
        lock (_lock)
        {
            if (now < _next)
            {
                return;
            }

            _next = now + Interval;
        }

        tools.Report(
            new CompositeProgressed(
                tools.Worker,
                now,
                command.Tenant,
                command.Room,
                command.Recording,
                command.Composite,
                Math.Clamp(value, 0, 100)
            )
        );
    }
}
