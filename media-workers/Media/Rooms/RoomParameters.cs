namespace EventMeet.Media.Rooms;

/// <summary>What an engine must know of a room to run it alone.</summary>
/// <param name="Id">The room's id; opaque.</param>
/// <param name="Tenant">Whose it is; opaque, handed back in facts.</param>
/// <param name="Epoch">The placement's epoch; an older one than the engine knows is refused.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Metadata">The tenant's own text.</param>
/// <param name="MaxPeers">The most peers at once.</param>
/// <param name="EmptyTimeout">How long it is kept without peers.</param>
public sealed record RoomParameters(
    string Id,
    string Tenant,
    long Epoch,
    string? Name,
    string? Metadata,
    int MaxPeers,
    TimeSpan EmptyTimeout
)
{
    /// <summary>Gets the shard of the worker that the room lives on; null when it lives on the engine that gets the order.</summary>
    public int? HomeShard { get; init; }
}
