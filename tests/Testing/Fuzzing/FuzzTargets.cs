using EventMeet.Media;
using EventMeet.Media.Codecs;
using EventMeet.Media.Congestion;
using EventMeet.Media.Dtls;
using EventMeet.Media.Feedback;
using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rooms.InCall;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Rtp;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Testing.Fuzzing;

/// <summary>One target for every parser of bytes from afar, by name.</summary>
internal static class FuzzTargets
{
    private static readonly HeaderExtensionMap Extensions = HeaderExtensionMap.FromUris([
        (1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
        (3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
        (4, "urn:ietf:params:rtp-hdrext:sdes:mid"),
        (10, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    ]);

    private static readonly Lazy<InCallRoom> Room = new(() => new InCallRoom());
    private static readonly Lazy<FuzzedRelay> Relay = new(() => new FuzzedRelay());

    /// <summary>All targets.</summary>
    public static readonly IReadOnlyDictionary<string, FuzzTarget> All = new Dictionary<string, FuzzTarget>(
        StringComparer.Ordinal
    )
    {
        ["stun"] = Stun,
        ["dtls"] = Dtls,
        ["rtp"] = Rtp,
        ["rtcp"] = Rtcp,
        ["twcc"] = TransportWideFeedback,
        ["vp8"] = Vp8,
        ["keyframes"] = AnyKeyFrame,
        ["sctp"] = Sctp,
        ["dcep"] = Dcep,
        ["in-call"] = InCall,
        ["tcp-framer"] = Framer,
        ["rtx"] = Rtx,
        ["relay"] = static input => Relay.Value.Say(input),
    };

    private static void Stun(ReadOnlySpan<byte> input)
    {
        if (StunMessage.TryParse(input, out var message) is PacketFault.None)
        {
            _ = message.IsIntegrityValid("0123456789012345678901"u8);
            _ = message.TryReadMappedAddress(out _);
            _ = StunMessage.TryReadLocalUfrag(message, out _);
            _ = message.ErrorCode;
        }
    }

    private static void Dtls(ReadOnlySpan<byte> input)
    {
        _ = DatagramClassifier.Classify(input);
        if (DtlsRecord.Check(input) is PacketFault.None)
        {
            while (DtlsRecord.TryCut(ref input, out var record))
            {
                _ = (DtlsRecord.TypeOf(record), DtlsRecord.EpochOf(record));
            }
        }
    }

    private static void Rtp(ReadOnlySpan<byte> input)
    {
        if (RtpHeader.TryParse(input, out var header) is PacketFault.None)
        {
            _ = header.TryReadPayload(input, out _);
            var extensions = HeaderExtensions.Read(header, Extensions);
            _ = extensions.TryReadAudioLevel(out _);
            _ = extensions.TryReadTransportSequence(out _);
            _ = extensions.Mid.Length + extensions.Rid.Length;
            Span<byte> written = stackalloc byte[RtpHeaderWriter.MaxLength];
            _ = RtpHeaderWriter.Write(written, default, header, Extensions, Extensions, "mid"u8);
        }
    }

    private static void Rtcp(ReadOnlySpan<byte> input)
    {
        var fault = RtcpReader.TryOpen(input, out var reader);
        while (fault is PacketFault.None && reader.MoveNext())
        {
            Read(reader.Current);
        }
    }

    private static void Read(in RtcpPacket packet)
    {
        if (SenderReport.TryParse(packet, out var sender) is PacketFault.None)
        {
            Read(sender.Blocks);
        }

        if (ReceiverReport.TryParse(packet, out var receiver) is PacketFault.None)
        {
            Read(receiver.Blocks);
        }

        if (GenericNack.TryParse(packet, out var nack) is PacketFault.None)
        {
            while (nack.MoveNext()) { }
        }

        if (FullIntraRequest.TryParse(packet, out var request) is PacketFault.None)
        {
            while (request.MoveNext()) { }
        }

        if (TransportFeedback.TryParse(packet, out var feedback) is PacketFault.None)
        {
            while (feedback.MoveNext()) { }
        }

        if (Remb.TryParse(packet, out var remb) is PacketFault.None)
        {
            for (var i = 0; i < remb.Count; i++)
            {
                _ = remb[i];
            }
        }

        _ = PictureLossIndication.TryParse(packet, out _);
        if (SourceDescription.TryParse(packet, out var description) is PacketFault.None)
        {
            while (description.MoveNext()) { }
        }

        if (Goodbye.TryParse(packet, out var goodbye) is PacketFault.None)
        {
            for (var i = 0; i < goodbye.Count; i++)
            {
                _ = goodbye[i];
            }

            _ = goodbye.Reason.Length;
        }

        if (ApplicationPacket.TryParse(packet, out var application) is PacketFault.None)
        {
            _ = application.Data.Length;
        }
    }

    private static void Read(in ReportBlocks blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            _ = blocks[i];
        }
    }

    // The body alone, so that chance reaches further than the header of a compound packet.
    private static void TransportWideFeedback(ReadOnlySpan<byte> input)
    {
        var packet = new RtcpPacket(RtcpPacketType.TransportFeedback, FeedbackFormat.TransportWideCc, input);
        if (TransportFeedback.TryParse(packet, out var feedback) is PacketFault.None)
        {
            // Two hundred packets that it may speak of, and a probe that it may end.
            var now = new MonotonicTime(1_000_000);
            var estimator = new BandwidthEstimator { Wanted = DataRate.FromMegabitsPerSecond(2) };
            for (var sent = 0; sent < 200; sent++)
            {
                _ = estimator.HandleSent(1000, now + TimeSpan.FromMilliseconds(sent));
            }

            estimator.HandleFeedback(ref feedback, now + TimeSpan.FromMilliseconds(250));
            _ = estimator.TakeProbe(now + TimeSpan.FromSeconds(5));
        }
    }

    private static void Vp8(ReadOnlySpan<byte> input)
    {
        if (Vp8Descriptor.TryParse(input, out var descriptor) is PacketFault.None)
        {
            _ = descriptor.TryReadSize(input, out _, out _);
            Span<byte> written = stackalloc byte[Vp8Descriptor.MaxLength];
            _ = descriptor.Write(written);
        }
    }

    private static void AnyKeyFrame(ReadOnlySpan<byte> input)
    {
        foreach (var kind in Enum.GetValues<CodecKind>())
        {
            _ = KeyFrames.IsKeyFrame(kind, input);
        }
    }

    private static void Sctp(ReadOnlySpan<byte> input)
    {
        var now = new MonotonicTime(1_000_000);
        var channels = new DataChannelSet(new SctpAssociation(new SctpOptions()), evenStreams: false);
        _ = channels.HandlePacket(input, now);

        // And again as the sender who knows its checksum would have it.
        Span<byte> whole = stackalloc byte[2048];
        if (input.Length is >= 12 and <= 2048)
        {
            input.CopyTo(whole);
            whole.Slice(8, 4).Clear();
            var checksum = Media.Sctp.Chunks.SctpChecksum.Compute(whole[..input.Length]);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(whole[8..], checksum);
            _ = channels.HandlePacket(whole[..input.Length], now);
        }

        Span<byte> packet = stackalloc byte[2048];
        while (channels.TryTakePacket(packet, now, out _)) { }
    }

    private static void Dcep(ReadOnlySpan<byte> input) => _ = DcepMessage.TryParseOpen(input, out _);

    private static void InCall(ReadOnlySpan<byte> input) => Room.Value.Say(input);

    private static void Framer(ReadOnlySpan<byte> input)
    {
        var framer = new TcpFramer();
        // The first byte says how the rest is cut, as a network would.
        var step = input.IsEmpty ? 1 : input[0] + 1;
        while (!input.IsEmpty)
        {
            var received = input[..Math.Min(step, input.Length)];
            input = input[received.Length..];
            while (framer.TryTakePacket(ref received, out var packet, out var fault))
            {
                if (packet.IsEmpty || fault is not PacketFault.None)
                {
                    throw new InvalidOperationException("A packet is neither empty nor faulty.");
                }
            }
        }
    }

    private static void Rtx(ReadOnlySpan<byte> input)
    {
        Span<byte> packet = input.ToArray();
        if (
            RtxReader.TryUnwrap(packet, 7, 96, out var original) is PacketFault.None
            && !original.IsEmpty
            && RtpHeader.TryParse(original, out var header) is PacketFault.None
        )
        {
            _ = header.TryReadPayload(original, out _);
        }
    }

    /// <summary>A room with one participant, whose page says anything.</summary>
    private sealed class InCallRoom : IDisposable
    {
        private readonly Room _room;
        private readonly Peer _peer;
        private MonotonicTime _now = new(1_000_000);

        public InCallRoom()
        {
            var origin = VirtualMeeting.Origin;
            var context = new EngineContext(
                DtlsIdentity.Create(origin, origin.AddYears(30)),
                origin,
                new ForwardingOptions()
            );
            var parameters = new RoomParameters("room", "tenant", 1, null, null, 10, TimeSpan.FromSeconds(10));
            _room = new Room(parameters, context, _now);
            var grants = Guest.Everything with { RoomAdmin = true };
            var guest = new Guest { Number = 1, Grants = grants };
            _peer = new Peer(guest.ToParameters(VirtualMeeting.GuestFingerprint), _room, context, _now)
            {
                JoinedAt = origin,
            };
            _room.Admit(_peer);
        }

        public void Dispose() => _peer.Dispose();

        public void Say(ReadOnlySpan<byte> text)
        {
            // As slowly as the budget allows.
            _now += TimeSpan.FromSeconds(1);
            _ = InCallRequests.Handle(_room, _peer, text, _now);
        }
    }
}
