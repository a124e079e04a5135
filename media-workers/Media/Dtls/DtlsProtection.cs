using EventMeet.Media.Packets;

namespace EventMeet.Media.Dtls;

/// <summary>
/// The record layer of an established association (RFC 6347 section 4.1): numbers and seals what leaves, opens what
/// arrives and refuses what was opened before. There is one epoch with keys, since nothing is renegotiated.
/// </summary>
internal sealed class DtlsProtection : IDisposable
{
    private const int Epoch = 1;

    private readonly DtlsAead _sealer;
    private readonly DtlsAead _opener;
    private readonly byte[] _finished;
    private ulong[] _openedBefore = [];
    private DtlsReplayWindow _window;
    private ulong _nextNumber;

    /// <summary>Initializes a new instance of the <see cref="DtlsProtection"/> class.</summary>
    /// <param name="sealer">For what we write.</param>
    /// <param name="opener">For what the peer writes.</param>
    /// <param name="finished">Our Finished in clear, kept to be sent again.</param>
    /// <param name="nextNumber">The first sequence number that is not used yet.</param>
    public DtlsProtection(DtlsAead sealer, DtlsAead opener, ReadOnlySpan<byte> finished, ulong nextNumber)
    {
        _sealer = sealer;
        _opener = opener;
        _finished = finished.ToArray();
        _nextNumber = nextNumber;
    }

    /// <summary>Refuses the numbers of the records that OpenSSL was given during the handshake.</summary>
    // Some of them may have been forged, so they do not move the window; at worst a genuine record is lost.
    public void RefuseRepeated(ReadOnlySpan<ulong> numbers) => _openedBefore = numbers.ToArray();

    /// <summary>Writes a record and returns its length in bytes.</summary>
    public int Seal(DtlsContentType type, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        var fragmentLength = _sealer.ExplicitNonceLength + plaintext.Length + DtlsAead.TagLength;
        DtlsRecord.WriteHeader(destination, type, Epoch, _nextNumber++, fragmentLength);
        var header = destination[..DtlsRecord.HeaderLength];
        _sealer.Seal(header, plaintext, destination.Slice(DtlsRecord.HeaderLength, fragmentLength));
        return DtlsRecord.HeaderLength + fragmentLength;
    }

    /// <summary>Writes our Finished once more, under a fresh number, and returns the record's length in bytes.</summary>
    public int SealFinished(Span<byte> destination) => Seal(DtlsContentType.Handshake, _finished, destination);

    /// <summary>Opens a whole record.</summary>
    public PacketFault TryOpen(ReadOnlySpan<byte> record, Span<byte> plaintext, out int length)
    {
        length = 0;
        var number = DtlsRecord.NumberOf(record);
        if (
            DtlsRecord.EpochOf(record) != Epoch
            || !_window.IsFresh(number)
            || _openedBefore.AsSpan().Contains(number)
            || !_opener.TryOpen(record, record[DtlsRecord.HeaderLength..], plaintext, out length)
        )
        {
            length = 0;
            return PacketFault.DtlsRefused;
        }

        _window.Note(number);
        return PacketFault.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sealer.Dispose();
        _opener.Dispose();
    }
}
