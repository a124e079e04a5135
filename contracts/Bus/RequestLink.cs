using System.Collections.Concurrent;
using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace EventMeet.Contracts.Bus;

/// <summary>Requests and their replies over a pair of links to a node: <c>$cbs</c> or an entity's <c>$management</c>.</summary>
internal sealed class RequestLink : ISharedLink, IDisposable
{
    private const int ReplyCredit = 200;

    private readonly string _node;
    private readonly string _replyTo;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Message>> _pending = new(StringComparer.Ordinal);

    // Replies have credit of their own: no more requests may be under way than replies can come.
    private readonly SemaphoreSlim _window = new(ReplyCredit);
    private SenderLink? _requests;
    private ReceiverLink? _replies;

    private RequestLink(string node)
    {
        _node = node;
        _replyTo = LinkNames.New("reply");
    }

    public bool IsClosed => _requests is not { IsClosed: false } || _replies is not { IsClosed: false };

    public void Dispose() => _window.Dispose();

    internal static async Task<RequestLink> OpenAsync(Session session, string node, CancellationToken cancellationToken)
    {
        var link = new RequestLink(node);
        var doing = $"opening {node}";
        var opening = new LinkOpening();

        // The JavaScript client is found by its link's name, others by their target's address: give both the same value.
        var replies = new ReceiverLink(
            session,
            link._replyTo,
            new Attach
            {
                Source = new Source { Address = node },
                Target = new Target { Address = link._replyTo },
            },
            opening.OnAttached
        );
        await opening.WaitAsync(replies, doing, cancellationToken);
        opening = new LinkOpening();
        var requests = new SenderLink(
            session,
            LinkNames.New("request"),
            new Attach
            {
                Source = new Source { Address = link._replyTo },
                Target = new Target { Address = node },
            },
            opening.OnAttached
        );
        await opening.WaitAsync(requests, doing, cancellationToken);
        link._requests = requests;
        link._replies = replies;
        replies.AddClosedCallback((_, error) => link.FailAll(error));
        requests.AddClosedCallback((_, error) => link.FailAll(error));
        replies.Start(ReplyCredit, link.HandleReply);
        return link;
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    internal async Task<Message> CallAsync(Message request, CancellationToken cancellationToken)
    {
        await _window.WaitAsync(cancellationToken);
        var id = LinkNames.New("call");
        var reply = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = reply;
        try
        {
            request.Properties = new Properties { MessageId = id, ReplyTo = _replyTo };
            Send(request, id);
            if (IsClosed)
            {
                FailAll(null);
            }

            return await reply.Task.WaitAsync(cancellationToken);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException && AmqpFaults.IsExpected(exception))
        {
            throw AmqpFaults.ToException(exception, $"calling {_node}");
        }
        finally
        {
            _pending.TryRemove(id, out _);
            _window.Release();
        }
    }

    /// <summary>Calls an operation of <c>$management</c> and gives back the body of its reply.</summary>
    /// <exception cref="BusException">The status is not 200, or 204 for nothing found.</exception>
    internal async Task<Map?> CallAsync(string operation, Map body, CancellationToken cancellationToken)
    {
        var request = new Message
        {
            ApplicationProperties = new ApplicationProperties { ["operation"] = operation },
            BodySection = new AmqpValue { Value = body },
        };
        var reply = await CallAsync(request, cancellationToken);
        ThrowIfFailed(reply, operation);
        return reply.Body as Map;
    }

    /// <summary>Throws what the reply's status says, in either spelling.</summary>
    internal static void ThrowIfFailed(Message reply, string doing)
    {
        var properties = reply.ApplicationProperties;
        var status = (properties?["statusCode"] ?? properties?["status-code"]) switch
        {
            int code => code,
            long code => (int)code,
            uint code => (int)code,
            _ => 500,
        };
        if (status is >= 200 and < 300)
        {
            return;
        }

        throw AmqpFaults.ToException(
            status,
            (properties?["errorCondition"] ?? properties?["error-condition"])?.ToString(),
            (properties?["statusDescription"] ?? properties?["status-description"])?.ToString(),
            doing
        );
    }

    private void Send(Message request, string id) =>
        _requests!.Send(request, (_, _, outcome, _) => HandleOutcome(id, outcome), null);

    private void HandleReply(IReceiverLink link, Message reply)
    {
        _replies!.Accept(reply);
        if (reply.Properties?.GetCorrelationId()?.ToString() is { } id && _pending.TryGetValue(id, out var waiting))
        {
            waiting.TrySetResult(reply);
        }
    }

    private void HandleOutcome(string id, Outcome? outcome)
    {
        if (outcome is not Accepted && _pending.TryGetValue(id, out var waiting))
        {
            waiting.TrySetException(AmqpFaults.ToException((outcome as Rejected)?.Error, $"calling {_node}"));
        }
    }

    private void FailAll(Error? error)
    {
        foreach (var waiting in _pending.Values)
        {
            waiting.TrySetException(AmqpFaults.ToException(error, $"calling {_node}"));
        }
    }
}
