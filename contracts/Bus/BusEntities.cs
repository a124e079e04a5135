namespace EventMeet.Contracts.Bus;

/// <summary>The names of the bus's queues.</summary>
public static class BusEntities
{
    /// <summary>Orders from the functions to one SFU worker; the session is the worker's id.</summary>
    public const string SfuCommands = "sfu-commands";

    /// <summary>Facts from workers to the functions.</summary>
    public const string WorkerEvents = "worker-events";

    /// <summary>Recordings to be made, taken by any recorder.</summary>
    public const string RecorderCommands = "recorder-commands";

    /// <summary>
    /// Composites to be made, taken by any recorder that has the time. Apart from the recordings, which cannot wait.
    /// </summary>
    public const string CompositeJobs = "composite-jobs";

    /// <summary>Orders to one recorder about what it does already; the session is the worker's id.</summary>
    public const string RecorderOrders = "recorder-orders";

    /// <summary>Webhook attempts to be made; the schedule is the retry plan.</summary>
    public const string WebhookDeliveries = "webhook-deliveries";
}
