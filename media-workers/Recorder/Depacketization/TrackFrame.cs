using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>A frame with its place on the wall clock.</summary>
/// <param name="At">When it was captured, as far as the publisher tells.</param>
/// <param name="IsKeyFrame">Can a decoder start here? Always for audio.</param>
/// <param name="Data">In the form that a file takes.</param>
/// <param name="Format">What a file that starts here says of the track; null where none can start.</param>
/// <param name="Size">The picture's size; null for audio and for what is no key frame.</param>
internal readonly record struct TrackFrame(
    DateTimeOffset At,
    bool IsKeyFrame,
    ReadOnlyMemory<byte> Data,
    TrackFormat? Format,
    PictureSize? Size
);

/// <summary>Where a track is not whole.</summary>
/// <param name="From">The last frame before it.</param>
/// <param name="To">The first frame behind it.</param>
/// <param name="LostPackets">How many packets were missing; 0 when it cannot be known.</param>
internal readonly record struct TrackGap(DateTimeOffset From, DateTimeOffset To, int LostPackets);
