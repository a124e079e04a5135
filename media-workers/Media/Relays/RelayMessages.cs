using System.Text.Json;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Relays;

/// <summary>Reads and writes a relay's messages.</summary>
internal static class RelayMessages
{
    /// <summary>The longest message, in bytes.</summary>
    public const int MaxLength = 16 << 10;

    private const int MaxId = 128; // characters
    private const int MaxText = 4096;
    private const int MaxPayloadType = 127;
    private const int MaxClockRate = 192_000;
    private const int MaxChannels = 255;

    /// <summary>Writes a message as UTF-8.</summary>
    public static byte[] Write(RelayMessage message) =>
        JsonSerializer.SerializeToUtf8Bytes(message, RelayJsonContext.Default.RelayMessage);

    /// <summary>Reads a message.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="message">Every member of it has a value that can be used; null when it is to be ignored.</param>
    public static PacketFault TryRead(ReadOnlySpan<byte> text, out RelayMessage? message)
    {
        message = null;
        if (text.Length > MaxLength)
        {
            return PacketFault.TooLarge;
        }

        try
        {
            message = JsonSerializer.Deserialize(text, RelayJsonContext.Default.RelayMessage);
        }
        catch (Exception wrong) when (wrong is JsonException or NotSupportedException)
        {
            return PacketFault.RelayMalformed;
        }

        if (message is not null && message.At > DateTimeOffset.UnixEpoch && IsUsable(message))
        {
            return PacketFault.None;
        }

        message = null;
        return PacketFault.RelayMalformed;
    }

    private static bool IsUsable(RelayMessage message) =>
        message switch
        {
            RelayHello hello => IsId(hello.Room) && IsText(hello.Name) && hello.Version == RelayHello.CurrentVersion,
            RelayParticipantJoined joined => IsId(joined.Participant)
                && joined.Identity is { Length: <= MaxText }
                && IsText(joined.Name),
            RelayParticipantRenamed renamed => IsId(renamed.Participant) && IsText(renamed.Name),
            RelayParticipantLeft left => IsId(left.Participant),
            RelayTrackAdded added => added.Track is { } track && IsUsable(track),
            RelayTrackRemoved removed => IsId(removed.Track),
            RelayTrackMuted muted => IsId(muted.Track),
            RelaySpeakerChanged speaker => speaker.Participant is null || IsId(speaker.Participant),
            RelayEnded ended => Enum.IsDefined(ended.Reason),
            _ => true,
        };

    private static bool IsUsable(RelayTrackDescription track) =>
        IsId(track.Id)
        && IsId(track.Participant)
        && Enum.IsDefined(track.Kind)
        && Enum.IsDefined(track.Source)
        && track.Ssrc != track.RtxSsrc
        && track.PayloadType <= MaxPayloadType
        && track.RtxPayloadType <= MaxPayloadType
        && track.PayloadType != track.RtxPayloadType
        && IsId(track.Codec)
        && track.ClockRate is > 0 and <= MaxClockRate
        && track.Channels is >= 0 and <= MaxChannels
        && IsText(track.Parameters);

    private static bool IsId(string? text) => text is { Length: > 0 and <= MaxId };

    private static bool IsText(string? text) => text is null or { Length: <= MaxText };
}
