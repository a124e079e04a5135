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
    private static readonly FrozenDictionary<string, JsonTypeInfo> ByName = new Dictionary<string, JsonTypeInfo>(
        StringComparer.Ordinal
    )
    {
        ["eventmeet.AdmitPeer.v1"] = ContractsJsonContext.Default.AdmitPeer,
        ["eventmeet.UpdatePeer.v1"] = ContractsJsonContext.Default.UpdatePeer,
        ["eventmeet.ClosePeer.v1"] = ContractsJsonContext.Default.ClosePeer,
        ["eventmeet.CloseRoom.v1"] = ContractsJsonContext.Default.CloseRoom,
        ["eventmeet.OpenRelay.v1"] = ContractsJsonContext.Default.OpenRelay,
        ["eventmeet.UpdateRelay.v1"] = ContractsJsonContext.Default.UpdateRelay,
        ["eventmeet.CloseRelay.v1"] = ContractsJsonContext.Default.CloseRelay,
        ["eventmeet.WorkerAlive.v1"] = ContractsJsonContext.Default.WorkerAlive,
        ["eventmeet.ParticipantJoined.v1"] = ContractsJsonContext.Default.ParticipantJoined,
        ["eventmeet.ParticipantLeft.v1"] = ContractsJsonContext.Default.ParticipantLeft,
        ["eventmeet.TrackPublished.v1"] = ContractsJsonContext.Default.TrackPublished,
        ["eventmeet.TrackUnpublished.v1"] = ContractsJsonContext.Default.TrackUnpublished,
        ["eventmeet.RoomEmptied.v1"] = ContractsJsonContext.Default.RoomEmptied,
        ["eventmeet.StartRecording.v1"] = ContractsJsonContext.Default.StartRecording,
        ["eventmeet.MakeComposite.v1"] = ContractsJsonContext.Default.MakeComposite,
        ["eventmeet.FeedRecording.v1"] = ContractsJsonContext.Default.FeedRecording,
        ["eventmeet.StopRecording.v1"] = ContractsJsonContext.Default.StopRecording,
        ["eventmeet.YieldRecording.v1"] = ContractsJsonContext.Default.YieldRecording,
        ["eventmeet.CancelComposite.v1"] = ContractsJsonContext.Default.CancelComposite,
        ["eventmeet.RecorderAlive.v1"] = ContractsJsonContext.Default.RecorderAlive,
        ["eventmeet.RelayWanted.v1"] = ContractsJsonContext.Default.RelayWanted,
        ["eventmeet.RecordingStarted.v1"] = ContractsJsonContext.Default.RecordingStarted,
        ["eventmeet.RecordingProgressed.v1"] = ContractsJsonContext.Default.RecordingProgressed,
        ["eventmeet.RecordingFinished.v1"] = ContractsJsonContext.Default.RecordingFinished,
        ["eventmeet.CompositeProgressed.v1"] = ContractsJsonContext.Default.CompositeProgressed,
        ["eventmeet.CompositeFinished.v1"] = ContractsJsonContext.Default.CompositeFinished,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<Type, string> ByType = ByName.ToFrozenDictionary(
        entry => entry.Value.Type,
        entry => entry.Key
    );

    /// <summary>Gets the CloudEvents type of a message.</summary>
    /// <exception cref="KeyNotFoundException">The record is not listed here: a bug.</exception>
    public static string NameOf(object message) => ByType[message.GetType()];

    /// <summary>Writes a message's body as UTF-8 JSON.</summary>
    public static byte[] Write(object message) => JsonSerializer.SerializeToUtf8Bytes(message, ByName[NameOf(message)]);

    /// <summary>Reads a message; null when the type is unknown or the body is not what the type says.</summary>
    public static object? Read(string type, ReadOnlySpan<byte> body)
    {
        if (!ByName.TryGetValue(type, out var typeInfo))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(body, typeInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
