using System.Text;

namespace EventMeet.Broker.Amqp.Nodes;

/// <summary><c>$cbs</c>: a client puts tokens for the entities it wants to use (claims-based security).</summary>
internal sealed class CbsNode : RequestNode
{
    public override bool NeedsToken => false;

    protected override ReplyMessage Answer(AmqpConnection connection, RequestMessage request)
    {
        if (request.Properties["operation"] is not "put-token")
        {
            return new ReplyMessage(501, "Only put-token is known.") { Condition = AmqpError.NotImplemented };
        }

        var token = request.Body switch
        {
            string text => text,
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            _ => null,
        };
        if (token is null || request.Properties["name"] is not string name)
        {
            return ReplyMessage.Bad("put-token needs a name and a token.");
        }

        // The JavaScript client calls every token a "jwt": what it is shows in the token.
        var verified = connection.Broker.Verifier.TryVerify(token, connection.Now, out var path, out var expiresAt);
        if (!verified || !Covers(path, SharedAccessVerifier.PathOf(name)))
        {
            return new ReplyMessage(401, "The token's signature, audience or expiry is not valid.")
            {
                Condition = AmqpError.Unauthorized,
            };
        }

        return connection.Authorization.TryAllow(path, expiresAt)
            ? new ReplyMessage(202, "Accepted")
            : new ReplyMessage(403, "Too many tokens.") { Condition = AmqpError.LimitExceeded };
    }

    private static bool Covers(string path, string name) =>
        path.Length == 0
        || name.Equals(path, StringComparison.OrdinalIgnoreCase)
        || (name.StartsWith(path, StringComparison.OrdinalIgnoreCase) && name[path.Length] == '/');
}
