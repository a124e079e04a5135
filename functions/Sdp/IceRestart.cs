using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>An ICE restart without an offer (RFC 9725 section 4.3.3): everything stays but both sides' credentials.</summary>
internal static class IceRestart
{
    /// <summary>Restarts ICE; null when there is a new answer.</summary>
    /// <param name="previous">The session's last answer.</param>
    /// <param name="fragment">The client's new credentials.</param>
    /// <param name="chance">Where this side's come from.</param>
    /// <param name="answer">The last answer with new credentials; null exactly when a refusal is returned.</param>
    public static SdpRefusal? TryApply(
        PreviousAnswer previous,
        IceFragment fragment,
        AnswerChance chance,
        out Answer? answer
    )
    {
        answer = null;
        if (fragment is not { Ufrag: { } ufrag, Pwd: { } pwd })
        {
            return new(
                SdpRefusalKind.Malformed,
                0,
                "An ICE restart needs \"a=ice-ufrag\" and \"a=ice-pwd\" (RFC 8840)."
            );
        }

        var peer = previous.Peer with
        {
            Revision = previous.Peer.Revision + 1,
            Ice = new IceSpec(chance.NewUfrag(), chance.NewPwd(), ufrag, pwd),
        };
        SdpWriter writer = new();
        var before = previous.Description;
        foreach (var line in before.Session.Lines.Concat(before.Media.SelectMany(media => media.Lines)))
        {
            var value =
                line.Type == 'o' ? $"- {before.Origin[1]} {peer.Revision} IN IP4 0.0.0.0"
                : line.Attribute is "ice-ufrag" ? $"ice-ufrag:{peer.Ice.LocalUfrag}"
                : line.Attribute is "ice-pwd" ? $"ice-pwd:{peer.Ice.LocalPwd}"
                : line.Value;
            writer.Line(line.Type, $"{value}");
        }

        answer = new Answer(writer.ToString(), peer);
        return null;
    }
}
