using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventMeet.Contracts;

/// <summary>An opaque id: a prefix that says what it names, then 26 characters that sort by time of making.</summary>
/// <typeparam name="TSelf">The id's own type, so that a room's id cannot stand where a session's is meant.</typeparam>
public interface IId<TSelf>
    where TSelf : struct, IId<TSelf>
{
    /// <summary>Gets what every id of this type starts with, underscore included.</summary>
    static abstract string Prefix { get; }

    /// <summary>Gets the whole id, prefix included.</summary>
    string Value { get; }

    /// <summary>Wraps text that is already an id; it is not checked.</summary>
    static abstract TSelf From(string value);
}

/// <summary>A SaaS customer.</summary>
[JsonConverter(typeof(IdJsonConverter<TenantId>))]
public readonly record struct TenantId(string Value) : IId<TenantId>
{
    /// <inheritdoc/>
    public static string Prefix => "ten_";

    /// <inheritdoc/>
    public static TenantId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A room: where people meet.</summary>
[JsonConverter(typeof(IdJsonConverter<RoomId>))]
public readonly record struct RoomId(string Value) : IId<RoomId>
{
    /// <inheritdoc/>
    public static string Prefix => "room_";

    /// <inheritdoc/>
    public static RoomId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A participant's one connection, made by one SDP offer.</summary>
[JsonConverter(typeof(IdJsonConverter<SessionId>))]
public readonly record struct SessionId(string Value) : IId<SessionId>
{
    /// <inheritdoc/>
    public static string Prefix => "sess_";

    /// <inheritdoc/>
    public static SessionId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A person (or a WHIP publisher, or a phone) in a room; one per joined session.</summary>
[JsonConverter(typeof(IdJsonConverter<ParticipantId>))]
public readonly record struct ParticipantId(string Value) : IId<ParticipantId>
{
    /// <inheritdoc/>
    public static string Prefix => "part_";

    /// <inheritdoc/>
    public static ParticipantId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>One audio or video source arriving from a peer.</summary>
[JsonConverter(typeof(IdJsonConverter<TrackId>))]
public readonly record struct TrackId(string Value) : IId<TrackId>
{
    /// <inheritdoc/>
    public static string Prefix => "trk_";

    /// <inheritdoc/>
    public static TrackId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A recording: a room's tracks in storage.</summary>
[JsonConverter(typeof(IdJsonConverter<RecordingId>))]
public readonly record struct RecordingId(string Value) : IId<RecordingId>
{
    /// <inheritdoc/>
    public static string Prefix => "rec_";

    /// <inheritdoc/>
    public static RecordingId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A composite: a film made from a recording's tracks.</summary>
[JsonConverter(typeof(IdJsonConverter<CompositeId>))]
public readonly record struct CompositeId(string Value) : IId<CompositeId>
{
    /// <inheritdoc/>
    public static string Prefix => "cmp_";

    /// <inheritdoc/>
    public static CompositeId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A relay: a one-way link for a room's tracks.</summary>
[JsonConverter(typeof(IdJsonConverter<RelayId>))]
public readonly record struct RelayId(string Value) : IId<RelayId>
{
    /// <inheritdoc/>
    public static string Prefix => "rly_";

    /// <inheritdoc/>
    public static RelayId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>One media process, from its start to its end: a restarted process is another worker with another id.</summary>
[JsonConverter(typeof(IdJsonConverter<WorkerId>))]
public readonly record struct WorkerId(string Value) : IId<WorkerId>
{
    /// <inheritdoc/>
    public static string Prefix => "wkr_";

    /// <inheritdoc/>
    public static WorkerId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An API key's public half.</summary>
[JsonConverter(typeof(IdJsonConverter<ApiKeyId>))]
public readonly record struct ApiKeyId(string Value) : IId<ApiKeyId>
{
    /// <inheritdoc/>
    public static string Prefix => "key_";

    /// <inheritdoc/>
    public static ApiKeyId From(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Writes an id as the JSON string it is.</summary>
/// <typeparam name="T">The id's type.</typeparam>
public sealed class IdJsonConverter<T> : JsonConverter<T>
    where T : struct, IId<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.From(reader.GetString() ?? throw new JsonException("An id is a string."));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
