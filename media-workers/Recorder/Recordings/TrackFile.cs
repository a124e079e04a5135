using EventMeet.Contracts;
using EventMeet.Recorder.Storage;

namespace EventMeet.Recorder.Recordings;

/// <summary>A file that this recorder has begun.</summary>
/// <param name="Track">What is in it.</param>
/// <param name="Name">Relative to the recording's folder.</param>
/// <param name="Sink">Where its bytes go.</param>
internal sealed record TrackFile(TrackId Track, string Name, IRecordingSink Sink)
{
    /// <summary>Gets the task that ends when everything is stored; null while the file grows.</summary>
    public Task<StoredFile>? Completion { get; private set; }

    /// <summary>Gets how many bytes were written to it.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Sink.Append(bytes);
        WrittenBytes += bytes.Length;
    }

    /// <summary>Nothing more comes.</summary>
    public Task<StoredFile> CompleteAsync() => Completion ??= Sink.CompleteAsync(CancellationToken.None);
}
