using Amqp;
using Amqp.Framing;

namespace EventMeet.Contracts.Bus;

/// <summary>
/// Waits for the broker's answer to an attach. A refused link is attached without source or target first and detached
/// with the reason right after (AMQP 1.0 section 2.6.3), so the reason takes one more frame.
/// </summary>
internal sealed class LinkOpening
{
    private readonly TaskCompletionSource<Attach> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Error?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets what ends when the link has: with the broker's error, or null.</summary>
    internal Task<Error?> Closed => _closed.Task;

    internal OnAttached OnAttached => (_, answer) => _answered.TrySetResult(answer);

    internal async Task<Attach> WaitAsync(Link link, string doing, CancellationToken cancellationToken)
    {
        link.AddClosedCallback((_, error) => _closed.TrySetResult(error ?? link.Error));
        await Task.WhenAny(_answered.Task, _closed.Task).WaitAsync(cancellationToken);
        if (_answered.Task.IsCompletedSuccessfully)
        {
            var answer = await _answered.Task;
            if (link.Role ? answer.Source is not null : answer.Target is not null)
            {
                return answer;
            }
        }

        throw AmqpFaults.ToException(await _closed.Task.WaitAsync(cancellationToken), doing);
    }
}
