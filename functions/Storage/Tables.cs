namespace EventMeet.Functions.Storage;

/// <summary>The tables; README.md says what is in which partition.</summary>
internal static class Tables
{
    public const string Tenants = "tenants";
    public const string Keys = "keys";
    public const string Rooms = "rooms";
    public const string Workers = "workers";
    public const string Outbox = "outbox";
    public const string Deadlines = "deadlines";
    public const string Idempotency = "idempotency";
    public const string Audit = "audit";
    public const string Events = "events";
    public const string Webhooks = "webhooks";
    public const string Deliveries = "deliveries";

    public static readonly IReadOnlyList<string> All =
    [
        Tenants,
        Keys,
        Rooms,
        Workers,
        Outbox,
        Deadlines,
        Idempotency,
        Audit,
        Events,
        Webhooks,
        Deliveries,
    ];
}
