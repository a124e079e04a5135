namespace EventMeet.Testing.Fuzzing;

/// <summary>Takes any bytes and must come back, whatever they are.</summary>
/// <param name="input">Any bytes.</param>
internal delegate void FuzzTarget(ReadOnlySpan<byte> input);
