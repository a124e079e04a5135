using System.Buffers.Binary;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;

namespace EventMeet.Testing.Fuzzing;

/// <summary>The receiving end of a relay whose sending end holds the keys and says anything.</summary>
internal sealed class FuzzedRelay : IDisposable
{
    private const uint Ssrc = 0x0101_0101;

    // SRTP wants ever new indices; a fresh end from time to time also forgets what it has been told.
    private const int InputsPerEnd = 500;

    private readonly byte[] _datagram = new byte[2048];
    private RelayWatcher? _end;
    private SrtpSender? _sender;
    private int _left;
    private long _index;
    private MonotonicTime _now = new(1_000_000);

    public void Say(ReadOnlySpan<byte> input)
    {
        if (input.Length is < 8 or > 1400)
        {
            return;
        }

        if (_left-- == 0)
        {
            Renew();
        }

        _now += TimeSpan.FromMilliseconds(1);
        SayRtcp(input);
        SayControl(input);
        SayRtp(input);
        _end!.Receiver.Advance(_now, _end);
        Drain();
    }

    public void Dispose()
    {
        _end?.Dispose();
        _sender?.Dispose();
    }

    private void Renew()
    {
        Dispose();
        _left = InputsPerEnd;
        var (one, two) = (new byte[RelayKeys.Length], new byte[RelayKeys.Length]);
        two[0] = 1;
        _ = RelayKeys.TryParse(Convert.ToBase64String(one), Convert.ToBase64String(two), out var keys);
        _end = new RelayWatcher(new RelayReceiverParameters("rly", keys), VirtualMeeting.Server, _now)
        {
            Keeps = false,
        };
        _sender = RelayProtocol.MakeSender(one);
        _index = 0;
        var writer = new RtcpWriter(_datagram);
        _ = writer.TryWriteReceiverReport(Ssrc, []);
        Send(_sender.ProtectRtcp(_datagram, writer.Length));
    }

    private void SayRtcp(ReadOnlySpan<byte> input)
    {
        input.CopyTo(_datagram);
        // Nothing else is taken for the sending end's.
        BinaryPrimitives.WriteUInt32BigEndian(_datagram.AsSpan(4), Ssrc);
        Send(_sender!.ProtectRtcp(_datagram, input.Length));
    }

    private void SayControl(ReadOnlySpan<byte> input)
    {
        var writer = new RtcpWriter(_datagram);
        _ = writer.TryWriteReceiverReport(Ssrc, []);
        _ = writer.TryWriteApplication(Ssrc, RelayProtocol.SctpName, input);
        Send(_sender!.ProtectRtcp(_datagram, writer.Length));
        if (RelayMessages.TryRead(input, out var message) is Media.Packets.PacketFault.None)
        {
            _ = RelayMessages.Write(message!);
        }
    }

    private void SayRtp(ReadOnlySpan<byte> input)
    {
        // A header without anything, and any payload behind it.
        _datagram.AsSpan(0, 12).Clear();
        _datagram[0] = (byte)(0x80 | (input[0] & 0x20));
        _datagram[1] = 96;
        _datagram[3] = (byte)++_index;
        _datagram[2] = (byte)(_index >> 8);
        _datagram[11] = input[1];
        Send(_sender!.ProtectRtp(_datagram, 12, prefixLength: 0, input, new PacketIndex(_index)));
    }

    private void Send(int length)
    {
        _end!.HandleDatagram(_datagram.AsSpan(0, length), VirtualMeeting.Server, _now);
        Drain();
    }

    private void Drain()
    {
        while (_end!.Receiver.TryTakeTransmit(out _)) { }
    }
}
