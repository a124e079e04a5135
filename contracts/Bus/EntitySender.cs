using Amqp;
using Amqp.Framing;

namespace EventMeet.Contracts.Bus;

/// <summary>A link to an entity; every send is answered by the broker's disposition.</summary>
internal sealed class EntitySender : ISharedLink
{
    private readonly SenderLink _link;
    private readonly string _doing;

    private EntitySender(SenderLink link, string doing)
    {
        _link = link;
        _doing = doing;
    }

    public bool IsClosed => _link.IsClosed;

    internal static async Task<EntitySender> OpenAsync(
        Session session,
        string entity,
        CancellationToken cancellationToken
    )
    {
        var doing = $"sending to {entity}";
        var opening = new LinkOpening();
        var attach = new Attach
        {
            Source = new Source(),
            Target = new Target { Address = entity },
            SndSettleMode = SenderSettleMode.Unsettled,
        };
        var link = new SenderLink(session, LinkNames.New(entity), attach, opening.OnAttached);
        await opening.WaitAsync(link, doing, cancellationToken);
        return new EntitySender(link, doing);
    }

    /// <summary>Ends when the broker has stored the message. The frames leave in the order of the calls.</summary>
    internal async Task SendAsync(Message message, CancellationToken cancellationToken)
    {
        // The callback runs on the thread that reads the socket: nothing but this hand-over may happen there.
        var outcome = new TaskCompletionSource<Outcome?>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _link.Send(message, static (_, _, answer, state) => Settle(state, answer), outcome);
        }
        catch (Exception exception) when (AmqpFaults.IsExpected(exception))
        {
            throw AmqpFaults.ToException(exception, _doing);
        }

        switch (await outcome.Task.WaitAsync(cancellationToken))
        {
            case Accepted:
                return;
            case Rejected { Error: { } error }:
                throw AmqpFaults.ToException(error, _doing);
            case Rejected:
                throw new BusException(BusFailure.Refused, $"The broker rejected the message while {_doing}.");
            default:
                // Released: by the broker, or by the library because the link went away.
                throw new BusException(BusFailure.Unavailable, $"The link ended while {_doing}.");
        }
    }

    private static void Settle(object? state, Outcome? answer) =>
        ((TaskCompletionSource<Outcome?>)state!).TrySetResult(answer);
}
