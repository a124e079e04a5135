using System.Security.Cryptography;
using System.Text;
using EventMeet.Media.Packets;
using EventMeet.Media.Peers;
using EventMeet.Media.Rooms;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;

namespace EventMeet.Media.Relays;

/// <summary>
/// The sending end of a relay: calls the receiving end until it answers, then sends it a room's tracks, each by a slot of
/// its own, and says what happens in the room.
/// </summary>
internal sealed partial class Relay : Subscriber, IDisposable
{
    private static readonly TimeSpan FirstCallSpacing = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestCallSpacing = TimeSpan.FromSeconds(1);

    // The last words are repeated for so long.
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(4);

    private readonly RelayControl _control = new(isSender: true);
    private readonly string _cname = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly byte[] _cnameBytes;
    private TimeSpan _callSpacing = FirstCallSpacing;
    private MonotonicTime _nextCall;
    private MonotonicTime _deadline;
    private MonotonicTime _nextReports = MonotonicTime.Never;
    private bool _isUnsettled;

    public Relay(RelayParameters parameters, Room room, uint ssrc, EngineContext context, MonotonicTime now)
        : base(context)
    {
        (Parameters, Room, Ssrc, IsPaused) = (parameters, room, ssrc, parameters.Paused);
        _cnameBytes = Encoding.ASCII.GetBytes(_cname);
        _ = _ssrcs.Add(ssrc);
        _ = _ssrcs.Add(RelayProtocol.ReceiverSsrc(ssrc));
        Outlet.Sender = RelayProtocol.MakeSender(parameters.Keys.Sender);
        Receiver = RelayProtocol.MakeReceiver(parameters.Keys.Receiver);
        _nextCall = now;
        _deadline = now + RelayProtocol.AnswerTimeout;
        WakeAt(now);
    }

    public RelayParameters Parameters { get; }

    public Room Room { get; }

    /// <summary>Gets this end's own SSRC.</summary>
    public uint Ssrc { get; }

    /// <summary>Gets what opens packets.</summary>
    public SrtpReceiver Receiver { get; }

    public string Id => Parameters.Id;

    /// <summary>Gets a value indicating whether media is held back.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Gets a value indicating whether the receiving end has answered.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Gets why the relay is over; null while it is not. The last words may still be under way.</summary>
    public RelayEnd? End { get; private set; }

    /// <summary>Gets a value indicating whether nothing more is sent or awaited.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Gets when to call <see cref="Advance"/>.</summary>
    public MonotonicTime NextTimeout
    {
        get
        {
            if (IsFinished)
            {
                return MonotonicTime.Never;
            }

            var soonest = MonotonicTime.Soonest(_deadline, IsAnswered ? _nextReports : _nextCall);
            soonest = MonotonicTime.Soonest(soonest, _control.NextTimeout);
            foreach (var slot in Slots)
            {
                soonest = MonotonicTime.Soonest(soonest, slot.NextTimeout);
            }

            return soonest;
        }
    }

    private bool IsTelling => IsAnswered && End is null;

    /// <summary>An authentic packet of the receiving end, which is not one that came before.</summary>
    public void HandleHeard(TransportAddress remote, MonotonicTime now)
    {
        // A receiving end whose address changes is followed there.
        Outlet.Train.Destination = remote;
        NoteUnsettled();
        if (End is not null)
        {
            return;
        }

        _deadline = now + RelayProtocol.LongestSilence;
        if (!IsAnswered)
        {
            IsAnswered = true;
            _nextReports = now;
            _control.Connect(now);
            TellAll(now);
        }
    }

    /// <summary>Takes an SCTP packet.</summary>
    public PacketFault HandleApplication(in RtcpPacket packet, MonotonicTime now)
    {
        var fault = ApplicationPacket.TryParse(packet, out var application);
        return fault is PacketFault.None && application.Name == RelayProtocol.SctpName
            ? _control.HandlePacket(application.Data, now)
            : fault;
    }

    /// <summary>The receiving end has gone.</summary>
    public void HandleGoodbye()
    {
        End ??= RelayEnd.Closed;
        IsFinished = true;
        NoteUnsettled();
    }

    /// <summary>Lets time pass.</summary>
    public void Advance(MonotonicTime now)
    {
        if (now >= _deadline)
        {
            End ??= RelayEnd.CutOff;
            Finish();
            return;
        }

        if (!IsAnswered)
        {
            Call(now);
            return;
        }

        _control.Advance(now);
        foreach (var slot in Slots)
        {
            _ = slot.Advance(now);
        }

        if (now >= _nextReports)
        {
            _nextReports = now + RelayProtocol.KeepAliveInterval;
            SenderReports.SendKnown(this, Ssrc, Context, now);
        }

        NoteUnsettled();
    }

    /// <summary>Holds media back, or lets it go on.</summary>
    /// <returns>True when that is a change.</returns>
    public bool SetPaused(bool paused, MonotonicTime now)
    {
        if (paused == IsPaused)
        {
            return false;
        }

        IsPaused = paused;
        Tell(new RelayPauseChanged(Context.WallClock(now), paused), now);
        foreach (var (track, slot) in _slotOf)
        {
            Carry(slot, track, now);
        }

        return true;
    }

    /// <inheritdoc/>
    public override void NoteChanged(Slot slot) => NoteUnsettled();

    /// <summary>The relay is over: says so, and has it repeated for a while.</summary>
    public void Close(RelayEnd reason, MonotonicTime now)
    {
        if (End is not null)
        {
            return;
        }

        Tell(new RelayEnded(Context.WallClock(now), reason), now);
        End = reason;
        ReleaseTracks();
        if (!IsAnswered)
        {
            Finish();
            return;
        }

        _deadline = now + LingerTime;
        NoteUnsettled();
    }

    /// <summary>Says the last words once, and goodbye.</summary>
    public void CloseNow(RelayEnd reason, MonotonicTime now)
    {
        Close(reason, now);
        Drain(now);
        Finish();
    }

    /// <summary>Moves what is to be said into the train.</summary>
    public void Settle(MonotonicTime now)
    {
        _isUnsettled = false;
        if (IsFinished)
        {
            return;
        }

        Drain(now);
        if (_control.IsLost)
        {
            End ??= RelayEnd.CutOff;
        }

        if (_control.IsLost || (End is not null && _control.IsSettled))
        {
            Finish();
        }

        WakeAt(NextTimeout);
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        ReleaseTracks();
        Receiver.Dispose();
        Outlet.Dispose();
    }

    private void NoteUnsettled()
    {
        if (!_isUnsettled)
        {
            _isUnsettled = true;
            Context.UnsettledRelays.Enqueue(this);
        }
    }

    // To every address; the first that answers is the one.
    private void Call(MonotonicTime now)
    {
        if (now < _nextCall)
        {
            return;
        }

        _nextCall = now + _callSpacing;
        _callSpacing = _callSpacing * 2 < LongestCallSpacing ? _callSpacing * 2 : LongestCallSpacing;
        Span<byte> datagram = stackalloc byte[128];
        foreach (var address in Parameters.Addresses)
        {
            var writer = new RtcpWriter(datagram);
            _ = writer.TryWriteReceiverReport(Ssrc, []);
            _ = writer.TryWriteCname(Ssrc, _cnameBytes);
            var length = Outlet.Sender!.ProtectRtcp(datagram, writer.Length);
            Context.Yard.Send(address, datagram[..length]);
        }
    }

    private void Drain(MonotonicTime now) => _control.Drain(Outlet, Ssrc, Context.Yard, now);

    private void Finish()
    {
        if (IsFinished)
        {
            return;
        }

        IsFinished = true;
        if (IsAnswered)
        {
            var compound = new CompoundPacket(Outlet, Context.Yard);
            _ = compound.Writer.TryWriteReceiverReport(Ssrc, []);
            _ = compound.Writer.TryWriteGoodbye([Ssrc], RelayEnds.NameOf(End ?? RelayEnd.Closed));
            compound.Send();
        }

        NoteUnsettled();
    }
}
