namespace EventMeet.WorkerHost;

/// <summary>What takes a worker's commands, one at a time and in order.</summary>
/// <typeparam name="TCommand">What the commands have in common.</typeparam>
public interface ICommandHandler<in TCommand>
    where TCommand : class
{
    /// <summary>Carries a command out; returns when it is done, so that the message can be completed.</summary>
    /// <param name="command">The order.</param>
    /// <param name="stopping">The worker stops.</param>
    Task HandleAsync(TCommand command, CancellationToken stopping);
}
