using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>What becomes of one offered m-line.</summary>
/// <param name="Offered">The m-line.</param>
internal sealed record AnsweredMedia(OfferedMedia Offered)
{
    /// <summary>Gets which way media will flow, as the client sees it.</summary>
    public MediaDirection Accepted { get; init; }

    /// <summary>Gets what the shard is told; null when rejected or not RTP.</summary>
    public MediaSpec? Spec { get; init; }

    /// <summary>Gets the data channels' association; null when this is not their m-line.</summary>
    public DataChannelSpec? Data { get; init; }

    /// <summary>Gets the simulcast streams that are accepted.</summary>
    public IReadOnlyList<OfferedRid> Rids { get; init; } = [];

    /// <summary>Gets why the token's grants took something of this m-line away; null when they did not.</summary>
    public string? Denial { get; init; }

    /// <summary>Gets a value indicating whether the answer says port 0.</summary>
    public bool Rejected => Spec is null && Data is null;
}
