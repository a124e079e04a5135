using EventMeet.Recorder.Bitstreams;
using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Depacketization;

/// <summary>A whole frame, in the form that a file takes.</summary>
/// <param name="Timestamp">The RTP timestamp, unwrapped.</param>
/// <param name="IsKeyFrame">Can a decoder start here? Always for audio.</param>
/// <param name="Data">The frame; nobody changes it any more.</param>
/// <param name="Format">What a file that starts here says of the track; null where none can start.</param>
/// <param name="Size">The picture's size; null for audio and for what is no key frame.</param>
internal readonly record struct AssembledFrame(
    long Timestamp,
    bool IsKeyFrame,
    ReadOnlyMemory<byte> Data,
    TrackFormat? Format,
    PictureSize? Size
);
