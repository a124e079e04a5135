using System.Buffers.Binary;
using System.Security.Cryptography;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>What a sending end makes of the room: who is there is told, and each track gets a slot.</summary>
internal sealed partial class Relay
{
    private readonly Dictionary<Track, Slot> _slotOf = [];
    private readonly HashSet<uint> _ssrcs = [];

    /// <summary>Somebody is in the room.</summary>
    public void HandleJoined(IMember member, MonotonicTime now)
    {
        if (!member.Participant.Grants.Hidden)
        {
            var who = member.Participant;
            Tell(new RelayParticipantJoined(member.JoinedAt ?? default, who.Id, who.Identity, who.Name), now);
        }
    }

    /// <summary>Somebody has another name.</summary>
    public void HandleRenamed(IMember member, MonotonicTime now)
    {
        if (!member.Participant.Grants.Hidden && member.JoinedAt is not null)
        {
            var who = member.Participant;
            Tell(new RelayParticipantRenamed(Context.WallClock(now), who.Id, who.Name), now);
        }
    }

    /// <summary>Somebody is gone.</summary>
    public void HandleLeft(IMember member, MonotonicTime now)
    {
        if (!member.Participant.Grants.Hidden && member.JoinedAt is not null)
        {
            Tell(new RelayParticipantLeft(Context.WallClock(now), member.Participant.Id), now);
        }
    }

    /// <summary>A track is there: it gets a slot, if the filter lets it through.</summary>
    public void HandlePublished(Track track, MonotonicTime now)
    {
        var who = track.Publisher.Participant;
        if (!IsTelling || who.Grants.Hidden || !Parameters.Filter.Lets(who.Identity, track.Kind))
        {
            return;
        }

        if (_ssrcs.Count + 2 > RelayProtocol.MaxSources)
        {
            Close(RelayEnd.Exhausted, now);
            return;
        }

        if (_slotOf.Count >= RelayProtocol.MaxTracks)
        {
            _ = Context.Faults.Count(PacketFault.TooLarge);
            return;
        }

        var slot = MakeSlot(track);
        Slots.Add(slot);
        _slotOf.Add(track, slot);
        track.RelayCount++;
        Tell(new RelayTrackAdded(Context.WallClock(now), Describe(track, slot)), now);
        Carry(slot, track, now);
    }

    /// <summary>A track is gone.</summary>
    public void HandleUnpublished(Track track, MonotonicTime now)
    {
        if (_slotOf.Remove(track, out var slot))
        {
            _ = slot.Carry(null, now);
            _ = Slots.Remove(slot);
            track.RelayCount--;
            Tell(new RelayTrackRemoved(Context.WallClock(now), track.Id), now);
        }
    }

    /// <summary>A track was muted, or not any more.</summary>
    public void HandleMuted(Track track, MonotonicTime now)
    {
        if (_slotOf.TryGetValue(track, out var slot))
        {
            Tell(new RelayTrackMuted(Context.WallClock(now), track.Id, track.IsMuted), now);
            Carry(slot, track, now);
        }
    }

    /// <summary>Somebody else has the floor.</summary>
    public void HandleSpeaker(string? participant, MonotonicTime now) =>
        Tell(new RelaySpeakerChanged(Context.WallClock(now), participant), now);

    // The room as it is, to one who knows nothing of it.
    private void TellAll(MonotonicTime now)
    {
        var room = Room.Parameters;
        Tell(
            new RelayHello(Context.WallClock(now), RelayHello.CurrentVersion, room.Id, room.Epoch, room.Name, IsPaused),
            now
        );
        foreach (var member in Room.Members)
        {
            if (member.JoinedAt is not null)
            {
                HandleJoined(member, now);
            }
        }

        foreach (var track in Room.Tracks)
        {
            HandlePublished(track, now);
        }

        if (Room.DominantSpeaker is { } speaker)
        {
            HandleSpeaker(speaker, now);
        }
    }

    private void Tell(RelayMessage message, MonotonicTime now)
    {
        if (!IsTelling)
        {
            return;
        }

        if (!_control.Send(message, now))
        {
            // The receiving end acknowledges next to nothing: what is left unsaid cannot be made up for.
            End = RelayEnd.CutOff;
            Finish();
        }

        NoteUnsettled();
    }

    private Slot MakeSlot(Track track)
    {
        var codec = track.Codec!;
        const byte Rtx = 127;
        var negotiated = codec with { Nack = true, RtxPayloadType = codec.PayloadType == Rtx ? (byte)(Rtx - 1) : Rtx };
        var media = new MediaParameters(
            Mid: string.Empty,
            track.Kind,
            track.Source,
            [negotiated],
            RelayExtensions.Uris,
            Published: null,
            new SlotParameters(NewSsrc(), NewSsrc(), _cname)
        );
        return new Slot(this, media);
    }

    // By chance: should the same keys ever be used twice (an order that is delivered again to a worker that has started anew),
    // no SSRC sends under them twice (RFC 7714 section 8.4).
    private uint NewSsrc()
    {
        uint ssrc;
        do
        {
            ssrc = BinaryPrimitives.ReadUInt32BigEndian(RandomNumberGenerator.GetBytes(sizeof(uint)));
        } while (!_ssrcs.Add(ssrc));

        return ssrc;
    }

    private static RelayTrackDescription Describe(Track track, Slot slot)
    {
        var codec = slot.Media.Codecs[0];
        return new(
            track.Id,
            track.Publisher.Participant.Id,
            track.Kind,
            track.Source,
            track.IsMuted,
            slot.Ssrc,
            slot.RtxSsrc,
            slot.FirstNumber.Value,
            codec.PayloadType,
            codec.RtxPayloadType!.Value,
            codec.Name,
            codec.ClockRate,
            codec.Channels,
            codec.Parameters
        );
    }

    private void Carry(Slot slot, Track track, MonotonicTime now) =>
        slot.Carry(IsPaused || track.IsMuted ? null : track, now);

    private void ReleaseTracks()
    {
        ReleaseSlots();
        foreach (var track in _slotOf.Keys)
        {
            track.RelayCount--;
        }

        _slotOf.Clear();
        Slots.Clear();
    }
}
