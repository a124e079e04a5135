namespace EventMeet.Recorder.Storage;

/// <summary>Takes the bytes of one file as they come and stores them soon after.</summary>
internal interface IRecordingSink : IAsyncDisposable
{
    /// <summary>Gets why nothing more is taken; null while all is well.</summary>
    StorageFault? Fault { get; }

    /// <summary>Gets how many bytes are known to be stored.</summary>
    long StoredBytes { get; }

    /// <summary>Appends bytes. Never waits; what comes after a fault is dropped.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Stores what is left. Asked again, gives the same answer.</summary>
    /// <param name="cancellationToken">Gives up waiting; what is left then is lost.</param>
    Task<StoredFile> CompleteAsync(CancellationToken cancellationToken);
}

/// <summary>Why a file could not be stored whole.</summary>
internal enum StorageFault
{
    /// <summary>Storage refused for longer than patience lasts.</summary>
    Unavailable,

    /// <summary>More came than memory and disk may keep while storage did not take it.</summary>
    SpillFull,

    /// <summary>Storage has forgotten bytes that it had acknowledged, and they are not kept any more.</summary>
    BytesForgotten,

    /// <summary>Somebody else writes to the file, or it was there before.</summary>
    NotOurs,

    /// <summary>The recorder was told to stop before everything was stored.</summary>
    Abandoned,
}

/// <summary>What is in storage.</summary>
/// <param name="Name">The blob's name.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Of these bytes, in lower-case hexadecimal.</param>
/// <param name="Fault">Why there are not more; null when the file is whole.</param>
internal sealed record StoredFile(string Name, long Bytes, string Sha256, StorageFault? Fault = null);
