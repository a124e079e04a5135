using System.Text.Json;
using System.Text.Json.Serialization;
using EventMeet.Broker.Queues;

namespace EventMeet.Broker.Hosting;

/// <summary>Entities as a JSON file has them.</summary>
internal sealed record EntityFile
{
    public IReadOnlyList<QueueEntry> Queues { get; init; } = [];

    public IReadOnlyList<TopicEntry> Topics { get; init; } = [];

    /// <summary>Reads the file's text.</summary>
    /// <exception cref="FormatException">It is no such file.</exception>
    internal static EntityFile Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, EntityFileJsonContext.Default.EntityFile)
                ?? throw new FormatException("The entities file is empty.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The entities file is not right: {exception.Message}", exception);
        }
    }

    internal BrokerSettings AddTo(BrokerSettings settings) =>
        settings with
        {
            Queues = [.. settings.Queues, .. Queues.Select(queue => queue.ToDefinition())],
            Topics =
            [
                .. settings.Topics,
                .. Topics.Select(topic => new TopicDefinition(
                    topic.Name,
                    [.. topic.Subscriptions.Select(subscription => subscription.ToDefinition())]
                )),
            ],
        };

    /// <summary>A queue or subscription; what is left out has its default.</summary>
    internal sealed record QueueEntry
    {
        public required string Name { get; init; }

        public bool RequiresSession { get; init; }

        public double? LockSeconds { get; init; }

        public int? MaxDeliveryCount { get; init; }

        public double DuplicateWindowSeconds { get; init; }

        public double? TimeToLiveSeconds { get; init; }

        public bool DeadLetterExpired { get; init; }

        public bool ReleaseOnDisconnect { get; init; }

        public int? MaxMessages { get; init; }

        public long? MaxBytes { get; init; }

        internal QueueDefinition ToDefinition()
        {
            var defaults = new QueueOptions();
            var options = new QueueOptions
            {
                RequiresSession = RequiresSession,
                LockDuration = LockSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.LockDuration,
                MaxDeliveryCount = MaxDeliveryCount ?? defaults.MaxDeliveryCount,
                DuplicateWindow = TimeSpan.FromSeconds(DuplicateWindowSeconds),
                TimeToLive = TimeToLiveSeconds is { } timeToLive ? TimeSpan.FromSeconds(timeToLive) : null,
                DeadLetterExpired = DeadLetterExpired,
                ReleaseOnDisconnect = ReleaseOnDisconnect,
                MaxMessages = MaxMessages ?? defaults.MaxMessages,
                MaxBytes = MaxBytes ?? defaults.MaxBytes,
            };
            return new QueueDefinition(Name, EntitySpecification.CheckedLock(options));
        }
    }

    /// <summary>A topic.</summary>
    internal sealed record TopicEntry
    {
        public required string Name { get; init; }

        public IReadOnlyList<QueueEntry> Subscriptions { get; init; } = [];
    }
}

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true
)]
[JsonSerializable(typeof(EntityFile))]
internal sealed partial class EntityFileJsonContext : JsonSerializerContext;
