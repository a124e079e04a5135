using EventMeet.Media.Feedback;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rooms;

/// <summary>What a layer costs a subscriber's path: measured by what arrives, looked at now and then by whoever asks.</summary>
internal sealed class LayerRate
{
    // What each packet has beside its payload: RTP header and extensions, SRTP's tag.
    private const int PacketOverhead = 44; // bytes

    // Encoders aim at their rate over about this time.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private MonotonicTime _since = MonotonicTime.Never;
    private long _octetsBefore;
    private DataRate? _measured;

    /// <summary>Gets or sets what the engine says that has the layer from its publisher; null when this one has.</summary>
    public DataRate? Told { get; set; }

    /// <summary>Says it as of now, smoothed over about two seconds: a key frame alone makes it no other size of picture.</summary>
    /// <param name="statistics">What has arrived.</param>
    /// <param name="height">Of the picture in pixels, for a guess while nothing is measured; 0 when not known.</param>
    /// <param name="now">Now.</param>
    public DataRate At(ReceiveStatistics statistics, int height, MonotonicTime now)
    {
        var octets = statistics.OctetCount + (statistics.PacketCount * PacketOverhead);
        var elapsed = now - _since;
        if (_since == MonotonicTime.Never)
        {
            (_since, _octetsBefore) = (now, octets);
        }
        else if (elapsed >= Interval)
        {
            Measure(octets, elapsed);
            (_since, _octetsBefore) = (now, octets);
        }

        return Told ?? _measured ?? Guess(height);
    }

    private void Measure(long octets, TimeSpan elapsed)
    {
        if (octets == _octetsBefore)
        {
            // It has stopped: what it cost before is the best guess for when it goes on.
            return;
        }

        var newest = (octets - _octetsBefore) * 8 / elapsed.TotalSeconds;
        var before = _measured?.BitsPerSecond ?? newest;
        _measured = new((long)((0.6 * before) + (0.4 * newest)));
    }

    // What browsers' encoders aim at for a camera, near enough: 0.1 Mbit/s for 180 lines, 1.7 for 720.
    private static DataRate Guess(int height) =>
        height == 0 ? DataRate.FromKilobitsPerSecond(400) : new((long)(3.2 * height * height));
}
