using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventMeet.Contracts.Messages;

/// <summary>
/// The CloudEvents <c>type</c> of every message, and back. A type is "eventmeet.", the record's name and its schema
/// version; a change that old readers cannot read gets a new version and a new record.
/// </summary>
public static class MessageTypes
{
    private static readonly FrozenDictionary<string, Type> ByName = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["eventmeet.AdmitPeer.v1"] = typeof(AdmitPeer),
        ["eventmeet.UpdatePeer.v1"] = typeof(UpdatePeer),
        ["eventmeet.ClosePeer.v1"] = typeof(ClosePeer),
        ["eventmeet.CloseRoom.v1"] = typeof(CloseRoom),
        ["eventmeet.OpenRelay.v1"] = typeof(OpenRelay),
        ["eventmeet.UpdateRelay.v1"] = typeof(UpdateRelay),
        ["eventmeet.CloseRelay.v1"] = typeof(CloseRelay),
        ["eventmeet.WorkerAlive.v1"] = typeof(WorkerAlive),
        ["eventmeet.ParticipantJoined.v1"] = typeof(ParticipantJoined),
        ["eventmeet.ParticipantLeft.v1"] = typeof(ParticipantLeft),
        ["eventmeet.TrackPublished.v1"] = typeof(TrackPublished),
        ["eventmeet.TrackUnpublished.v1"] = typeof(TrackUnpublished),
        ["eventmeet.RoomEmptied.v1"] = typeof(RoomEmptied),
        ["eventmeet.StartRecording.v1"] = typeof(StartRecording),
        ["eventmeet.MakeComposite.v1"] = typeof(MakeComposite),
        ["eventmeet.FeedRecording.v1"] = typeof(FeedRecording),
        ["eventmeet.StopRecording.v1"] = typeof(StopRecording),
        ["eventmeet.YieldRecording.v1"] = typeof(YieldRecording),
        ["eventmeet.CancelComposite.v1"] = typeof(CancelComposite),
        ["eventmeet.RecorderAlive.v1"] = typeof(RecorderAlive),
        ["eventmeet.RelayWanted.v1"] = typeof(RelayWanted),
        ["eventmeet.RecordingStarted.v1"] = typeof(RecordingStarted),
        ["eventmeet.RecordingProgressed.v1"] = typeof(RecordingProgressed),
        ["eventmeet.RecordingFinished.v1"] = typeof(RecordingFinished),
        ["eventmeet.CompositeProgressed.v1"] = typeof(CompositeProgressed),
        ["eventmeet.CompositeFinished.v1"] = typeof(CompositeFinished),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> ByType = ByName.ToFrozenDictionary(
        entry => entry.Value,
        entry => entry.Key
    );

    /// <summary>Gets the CloudEvents type of a message.</summary>
    /// <exception cref="KeyNotFoundException">The record is not listed here: a bug.</exception>
    public static string NameOf(object message) => ByType[message.GetType()];

    /// <summary>Writes a message's body as UTF-8 JSON.</summary>
    public static byte[] Write(object message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, TypeInfoOf(ByName[NameOf(message)]));

    /// <summary>Reads a message; null when the type is unknown or the body is not what the type says.</summary>
    public static object? Read(string type, ReadOnlySpan<byte> body)
    {
        if (!ByName.TryGetValue(type, out var messageType))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(body, TypeInfoOf(messageType));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Asked for when it is needed: a process sends a few of these types, and what JSON needs to know of the others costs
    // every one of them time at start and memory for good.
    private static JsonTypeInfo TypeInfoOf(Type message) =>
        ContractsJsonContext.Default.GetTypeInfo(message)
        ?? throw new InvalidOperationException($"{message.Name} is not in {nameof(ContractsJsonContext)}.");
}
