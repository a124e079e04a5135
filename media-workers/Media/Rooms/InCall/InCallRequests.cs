using System.Text;
using System.Text.Json;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms.InCall;

/// <summary>Does what a page asks for over the in-call channel, as far as its grants allow.</summary>
internal static class InCallRequests
{
    /// <summary>The longest message, in bytes.</summary>
    public const int MaxLength = 16 << 10;

    private const int MaxChatText = 4000;
    private const int MaxReaction = 32;
    private const int MaxName = 256;
    private const int MaxMetadata = 4096;
    private const int MaxHeight = 4320;

    /// <summary>Reads a message and does it.</summary>
    public static PacketFault Handle(Room room, Peer peer, ReadOnlySpan<byte> text, MonotonicTime now)
    {
        if (text.Length > MaxLength)
        {
            return Refuse(peer, null, "tooLong", $"A message has at most {MaxLength} bytes.");
        }

        if (!peer.InCallBudget.TryTake(now))
        {
            return Refuse(peer, null, "tooMany", "Slow down: this channel takes 20 messages a second.");
        }

        ClientMessage? message;
        try
        {
            message = JsonSerializer.Deserialize(text, InCallJsonContext.Default.ClientMessage);
        }
        catch (JsonException)
        {
            message = null;
        }

        return message?.Type is { } type
            ? Do(room, peer, type, message, now)
            : Refuse(peer, null, "malformed", "A message is a JSON object with a member \"type\".");
    }

    private static PacketFault Do(Room room, Peer peer, string type, ClientMessage message, MonotonicTime now) =>
        type switch
        {
            "ping" => Answer(peer, new Pong(message.Id ?? 0, room.Announcer.TimeOf(now))),
            "subscribe" => Subscribe(room, peer, message, now),
            "mute" => Mute(room, peer, message),
            "chat" => Chat(room, peer, message, now),
            "hand" => Hand(room, peer, message),
            "reaction" => React(room, peer, message),
            "moderate" => Moderate(room, peer, message),
            "metadata" => SetMetadata(room, peer, message),
            _ => PacketFault.None,
        };

    private static PacketFault Subscribe(Room room, Peer peer, ClientMessage message, MonotonicTime now)
    {
        if (peer.Slots.Find(each => string.Equals(each.Mid, message.Mid, StringComparison.Ordinal)) is not { } slot)
        {
            return Refuse(peer, "subscribe", "notFound", "No slot has this mid.");
        }

        slot.Pin =
            message.Auto is true || message.Participant is null
                ? null
                : new SlotPin(message.Participant, InCallNames.SourceOf(message.Source));
        slot.WantedHeight = message.Height is { } height ? (int)Math.Clamp(height, 1, MaxHeight) : null;
        slot.Choose(now);
        room.Reassign();
        return PacketFault.None;
    }

    private static PacketFault Mute(Room room, Peer peer, ClientMessage message)
    {
        var source = InCallNames.SourceOf(message.Source);
        var found = false;
        foreach (var track in peer.Tracks)
        {
            if (Is(track, message.Track) || (message.Track is null && track.Source == source))
            {
                room.SetMuted(track, message.Muted is true);
                found = true;
            }
        }

        return found ? PacketFault.None : Refuse(peer, "mute", "notFound", "You publish no such track.");
    }

    private static PacketFault Chat(Room room, Peer peer, ClientMessage message, MonotonicTime now)
    {
        if (!peer.Participant.Grants.CanPublishData)
        {
            return Refuse(peer, "chat", "notAllowed", "Your token does not allow you to send data.");
        }

        if (message.Text is not { Length: > 0 and <= MaxChatText } text)
        {
            return Refuse(peer, "chat", "malformed", $"A chat text has 1 to {MaxChatText} characters.");
        }

        if (message.To is not null && Find(room, message.To) is null)
        {
            return Refuse(peer, "chat", "notFound", "Nobody with this id is in the room.");
        }

        room.HandleChat(new ChatReceived(Id: "", peer.Participant.Id, message.To, text, room.Announcer.TimeOf(now)));
        return PacketFault.None;
    }

    private static PacketFault Hand(Room room, Peer peer, ClientMessage message)
    {
        if (!peer.Participant.Grants.CanPublishData)
        {
            return Refuse(peer, "hand", "notAllowed", "Your token does not allow you to send data.");
        }

        room.RaiseHand(peer, message.Raised is true);
        return Answer(peer, new HandChanged(peer.Participant.Id, peer.HandRaised));
    }

    private static PacketFault React(Room room, Peer peer, ClientMessage message)
    {
        if (!peer.Participant.Grants.CanPublishData)
        {
            return Refuse(peer, "reaction", "notAllowed", "Your token does not allow you to send data.");
        }

        if (message.Reaction is not { Length: > 0 and <= MaxReaction } reaction)
        {
            return Refuse(peer, "reaction", "malformed", $"A reaction has 1 to {MaxReaction} characters.");
        }

        room.React(peer, reaction);
        return Answer(peer, new ReactionReceived(peer.Participant.Id, reaction));
    }

    private static PacketFault Moderate(Room room, Peer peer, ClientMessage message)
    {
        if (!peer.Participant.Grants.RoomAdmin)
        {
            return Refuse(peer, "moderate", "notAllowed", "Your token does not allow you to moderate.");
        }

        if (Find(room, message.Participant) is not { } target)
        {
            return Refuse(peer, "moderate", "notFound", "Nobody with this id is in the room.");
        }

        switch (message.Action)
        {
            case "remove":
                target.LeaveBecause(LeaveReason.Removed);
                return PacketFault.None;
            case "mute":
                MuteFor(peer, target, message.Track);
                return PacketFault.None;
            default:
                return Refuse(peer, "moderate", "malformed", "The action is \"mute\" or \"remove\".");
        }
    }

    private static void MuteFor(Peer moderator, IMember target, string? trackId)
    {
        foreach (var track in target.Tracks)
        {
            var isMeant = trackId is null ? track.Source is TrackSource.Microphone : Is(track, trackId);
            if (isMeant && !track.IsMuted)
            {
                target.Mute(track, moderator.Participant.Id);
            }
        }
    }

    private static PacketFault SetMetadata(Room room, Peer peer, ClientMessage message)
    {
        if (!peer.Participant.Grants.CanUpdateOwnMetadata)
        {
            return Refuse(
                peer,
                "metadata",
                "notAllowed",
                "Your token does not allow you to change your name or metadata."
            );
        }

        if (
            message.Name is { Length: > MaxName }
            || (message.Metadata is { } metadata && Encoding.UTF8.GetByteCount(metadata) > MaxMetadata)
        )
        {
            return Refuse(
                peer,
                "metadata",
                "tooLong",
                $"A name has at most {MaxName} characters, metadata {MaxMetadata} bytes."
            );
        }

        var isRenamed =
            message.Name is not null && !string.Equals(message.Name, peer.Participant.Name, StringComparison.Ordinal);
        peer.Participant = peer.Participant with
        {
            Name = message.Name ?? peer.Participant.Name,
            Metadata = message.Metadata ?? peer.Participant.Metadata,
        };
        room.HandleUpdated(peer, isRenamed);
        return PacketFault.None;
    }

    private static bool Is(Track track, string? id) => string.Equals(track.Id, id, StringComparison.Ordinal);

    // Nobody may be told of a hidden participant, so nobody can name one either.
    private static IMember? Find(Room room, string? participant) =>
        room.Members.Find(member =>
            member.JoinedAt is not null
            && !member.Participant.Grants.Hidden
            && string.Equals(member.Participant.Id, participant, StringComparison.Ordinal)
        );

    private static PacketFault Answer(Peer peer, ServerMessage message)
    {
        RoomAnnouncer.Tell(peer, message);
        return PacketFault.None;
    }

    private static PacketFault Refuse(Peer peer, string? type, string code, string why)
    {
        RoomAnnouncer.Tell(peer, new Error(code, why, type));
        return PacketFault.InCallMalformed;
    }
}
