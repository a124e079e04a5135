namespace EventMeet.Contracts.Bus;

/// <summary>A link that others share.</summary>
internal interface ISharedLink
{
    bool IsClosed { get; }
}
