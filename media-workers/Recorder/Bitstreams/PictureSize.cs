namespace EventMeet.Recorder.Bitstreams;

/// <summary>The size of a picture in pixels.</summary>
/// <param name="Width">At least 1.</param>
/// <param name="Height">At least 1.</param>
internal readonly record struct PictureSize(int Width, int Height);
