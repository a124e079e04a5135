using EventMeet.Media.Codecs;
using EventMeet.Media.Values;
using EventMeet.Testing.Content;

namespace EventMeet.Testing.Peers;

/// <summary>
/// Looks at what arrives on one m-line, in order, as a decoder and a person would: whose is it, is it whole, does it begin
/// with a key frame, do the numbers go on without a break.
/// </summary>
internal sealed class SlotViewer(MediaKind kind, int framesPerSecond)
{
    private const int MaxComplaints = 20;

    private readonly List<string> _complaints = [];
    private readonly Dictionary<int, Sight> _sights = [];
    private ContentSignature? _last;
    private Vp8Descriptor _lastDescriptor;
    private uint _lastTimestamp;
    private uint? _decoded;
    private bool _afterGap;
    private bool _frameIsKey;
    private bool _frameIsWhole;

    /// <summary>Gets what was wrong; empty when everything was right.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Gets what was seen or heard, by participant.</summary>
    public IReadOnlyDictionary<int, Sight> Sights => _sights;

    /// <summary>Gets the participant that was seen or heard last; null before anybody was.</summary>
    public int? Current => _last?.Participant;

    /// <summary>Gets the encoding that was seen last.</summary>
    public int? CurrentLayer => _last?.Layer;

    /// <summary>Gets the height of the last key frame.</summary>
    public int Height { get; private set; }

    /// <summary>Gets a value indicating whether nothing can be decoded until a key frame comes.</summary>
    public bool NeedsKeyFrame => kind is MediaKind.Video && _last is not null && _decoded is null;

    /// <summary>Gets a value indicating whether the first packet was not a key frame's: it was lost, or the server is wrong.</summary>
    public bool BeganInTheMiddle { get; private set; }

    /// <summary>Gets how often the picture changed from one participant's track or layer to another.</summary>
    public int Switches { get; private set; }

    /// <summary>Gets frames, or sounds, that were decoded.</summary>
    public long FramesDecoded { get; private set; }

    /// <summary>Gets frames that could not be decoded.</summary>
    public long FramesBroken { get; private set; }

    /// <summary>Gets the longest time between two decoded frames of one participant without a switch.</summary>
    public TimeSpan LongestFreeze { get; private set; }

    /// <summary>Gets or sets by how much a picture's timestamp was farthest from where the track's clock puts it.</summary>
    public TimeSpan LargestClockError { get; set; }

    public void Complain(string complaint)
    {
        if (_complaints.Count < MaxComplaints)
        {
            _complaints.Add(complaint);
        }
    }

    /// <summary>Packets are missing for good at this point.</summary>
    public void HandleGap() => _afterGap = true;

    /// <summary>Takes the next payload in order.</summary>
    public void Show(ReadOnlySpan<byte> payload, uint timestamp, bool marker, MonotonicTime now)
    {
        if (kind is MediaKind.Audio)
        {
            Hear(payload, timestamp, now);
        }
        else
        {
            See(payload, timestamp, marker, now);
        }

        _afterGap = false;
    }

    private void Hear(ReadOnlySpan<byte> payload, uint timestamp, MonotonicTime now)
    {
        if (!AudioPackets.TryRead(payload, out var signature))
        {
            Complain("A sound is not what was sent.");
            return;
        }

        if (_last is { } last && (int)(timestamp - _lastTimestamp) <= 0)
        {
            Complain(
                $"The timestamp went from {_lastTimestamp} to {timestamp} (frame {last.Frame} to {signature.Frame})."
            );
        }

        NoteSwitch(signature);
        (_last, _lastTimestamp) = (signature, timestamp);
        FramesDecoded++;
        SightOf(signature.Participant, isKey: true, now).Note(signature, now);
    }

    private void See(ReadOnlySpan<byte> payload, uint timestamp, bool marker, MonotonicTime now)
    {
        if (!VideoPackets.TryRead(payload, out var descriptor, out var signature))
        {
            Complain("A picture is not what was sent.");
            return;
        }

        if (descriptor.StartsFrame)
        {
            Begin(signature, descriptor, timestamp);
        }
        else
        {
            Continue(signature, descriptor, timestamp);
        }

        if (marker != signature.IsLast)
        {
            Complain($"The marker of frame {signature.Frame} is at packet {signature.Position} of {signature.Count}.");
        }

        (_last, _lastTimestamp, _lastDescriptor) = (signature, timestamp, descriptor);
        if (descriptor.StartsKeyFrame && descriptor.TryReadSize(payload, out _, out var height))
        {
            Height = height;
        }

        if (signature.IsLast)
        {
            End(signature, now);
        }
    }

    private void Begin(in ContentSignature signature, in Vp8Descriptor descriptor, uint timestamp)
    {
        (_frameIsKey, _frameIsWhole) = (descriptor.StartsKeyFrame, true);
        if (_last is not { } last)
        {
            BeganInTheMiddle = !descriptor.StartsKeyFrame;
            return;
        }

        if ((last.Participant, last.Track) == (signature.Participant, signature.Track))
        {
            NoteClock(last, signature, timestamp);
        }

        var isNew = NoteSwitch(signature);
        if (isNew && !descriptor.StartsKeyFrame && !_afterGap)
        {
            Complain($"The picture of participant {signature.Participant} begins without a key frame.");
        }

        if ((int)(timestamp - _lastTimestamp) <= 0)
        {
            Complain(
                $"The timestamp went from {_lastTimestamp} to {timestamp}, participant {last.Participant} to {signature.Participant}."
            );
        }

        if (_afterGap)
        {
            _decoded = null;
            return;
        }

        // A frame that was broken off is followed by the next source's key frame only.
        CheckStep("picture id", descriptor.PictureId - _lastDescriptor.PictureId, 0x7FFF);
        CheckStep("TL0PICIDX", descriptor.Tl0PictureIndex - _lastDescriptor.Tl0PictureIndex, 0xFF);
        var keyStep = (descriptor.KeyIndex - _lastDescriptor.KeyIndex) & 0x1F;
        if (keyStep != (descriptor.StartsKeyFrame ? 1 : 0))
        {
            Complain($"KEYIDX went from {_lastDescriptor.KeyIndex} to {descriptor.KeyIndex}.");
        }
    }

    private void NoteClock(in ContentSignature last, in ContentSignature next, uint timestamp)
    {
        var step = TimeSpan.FromSeconds((int)(timestamp - _lastTimestamp) / 90_000.0);
        var error = (step - TimeSpan.FromSeconds((next.Frame - last.Frame) / (double)framesPerSecond)).Duration();
        LargestClockError = error > LargestClockError ? error : LargestClockError;
    }

    private void CheckStep(string name, int step, int mask)
    {
        if ((step & mask) != 1)
        {
            Complain($"The {name} moved on by {step & mask}.");
        }
    }

    private void Continue(in ContentSignature signature, in Vp8Descriptor descriptor, uint timestamp)
    {
        if (_afterGap || _last is null)
        {
            BeganInTheMiddle |= _last is null;
            _frameIsWhole = false;
            _decoded = null;
            return;
        }

        var last = _last.Value;
        var follows = signature == last with { Position = (byte)(last.Position + 1) };
        if (!follows)
        {
            Complain($"After {last} came {signature}.");
            _frameIsWhole = false;
        }
        else if (timestamp != _lastTimestamp || descriptor.PictureId != _lastDescriptor.PictureId)
        {
            Complain($"Frame {signature.Frame} changed its numbers at packet {signature.Position}.");
        }
    }

    private void End(in ContentSignature signature, MonotonicTime now)
    {
        var decodable = _frameIsWhole && (_frameIsKey || _decoded == signature.Frame - 1);
        if (!decodable)
        {
            FramesBroken++;
            _decoded = null;
            return;
        }

        _decoded = signature.Frame;
        FramesDecoded++;
        var sight = SightOf(signature.Participant, _frameIsKey, now);
        if (sight.Frames > 0)
        {
            var freeze = now - sight.LastAt;
            LongestFreeze = freeze > LongestFreeze ? freeze : LongestFreeze;
        }

        sight.Note(signature, now);
    }

    private bool NoteSwitch(in ContentSignature signature)
    {
        var isNew =
            _last is { } last
            && (last.Participant, last.Track, last.Layer) != (signature.Participant, signature.Track, signature.Layer);
        Switches += isNew ? 1 : 0;
        return isNew;
    }

    private Sight SightOf(int participant, bool isKey, MonotonicTime now)
    {
        if (!_sights.TryGetValue(participant, out var sight))
        {
            sight = new Sight(now, isKey);
            _sights.Add(participant, sight);
        }

        return sight;
    }
}

/// <summary>What was seen or heard of one participant on one m-line.</summary>
/// <param name="firstAt">When the first whole frame was there.</param>
/// <param name="beganWithKeyFrame">It was one.</param>
internal sealed class Sight(MonotonicTime firstAt, bool beganWithKeyFrame)
{
    public MonotonicTime FirstAt => firstAt;

    public bool BeganWithKeyFrame => beganWithKeyFrame;

    public MonotonicTime LastAt { get; private set; }

    public long Frames { get; private set; }

    public ContentSignature Last { get; private set; }

    public void Note(in ContentSignature signature, MonotonicTime now)
    {
        Frames++;
        (Last, LastAt) = (signature, now);
    }
}
