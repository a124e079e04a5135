using System.Security.Cryptography;

namespace EventMeet.Media.Sctp;

/// <summary>Limits and times of an association. One instance serves any number of associations.</summary>
internal sealed record SctpOptions
{
    /// <summary>The smallest packet that still carries an INIT ACK with its cookie.</summary>
    private const int SmallestMtu = 512;

    private const int LargestMtu = 9000; // a packet is built on the stack

    /// <summary>Gets our port: `a=sctp-port` of our description (RFC 8841 section 5).</summary>
    public ushort LocalPort { get; init; } = 5000;

    /// <summary>Gets the peer's port: `a=sctp-port` of its description.</summary>
    public ushort RemotePort { get; init; } = 5000;

    /// <summary>Gets the longest SCTP packet, in bytes, that fits one DTLS record on the path.</summary>
    public int Mtu { get; init; } = 1180;

    /// <summary>Gets how many bytes of user data are held for the peer at most (a_rwnd), overhead included.</summary>
    public int ReceiveWindow { get; init; } = 256 * 1024;

    /// <summary>Gets the longest message we take: `a=max-message-size` of our description (RFC 8841 section 6).</summary>
    public int MaxMessageSize { get; init; } = 64 * 1024;

    /// <summary>Gets the longest message the peer takes; 64 KiB when its description does not say.</summary>
    public int PeerMaxMessageSize { get; init; } = 64 * 1024;

    /// <summary>Gets how many bytes wait or are unacknowledged at most before <see cref="SendResult.BufferFull"/>.</summary>
    public int SendBuffer { get; init; } = 256 * 1024;

    /// <summary>Gets for how many streams of each direction state is kept at most. 65535 are announced.</summary>
    public int MaxStreams { get; init; } = 128;

    /// <summary>Gets a value indicating whether packets without a checksum are offered and used (RFC 9653).</summary>
    public bool ZeroChecksum { get; init; } = true;

    /// <summary>Gets RTO.Initial (RFC 9260 section 16); also the first wait for INIT and COOKIE ECHO.</summary>
    public TimeSpan InitialTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gets RTO.Min.</summary>
    public TimeSpan MinimumTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Gets RTO.Max.</summary>
    public TimeSpan MaximumTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Gets Association.Max.Retrans.</summary>
    public int MaxRetransmissions { get; init; } = 10;

    /// <summary>Gets Max.Init.Retransmits.</summary>
    public int MaxInitRetransmissions { get; init; } = 8;

    /// <summary>Gets SACK.Delay: how long an acknowledgement waits for company.</summary>
    public TimeSpan AcknowledgementDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets Valid.Cookie.Life.</summary>
    public TimeSpan CookieLifetime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets the source of chance; the operating system's unless a test wants a seed.</summary>
    public RandomFill Random { get; init; } = RandomNumberGenerator.Fill;

    /// <summary>Throws when a value makes no sense.</summary>
    public void Validate()
    {
        Require(Mtu is >= SmallestMtu and <= LargestMtu, nameof(Mtu));
        Require(MaxMessageSize >= Mtu, nameof(MaxMessageSize));
        // A message is delivered whole, so it must fit the window together with what is charged for holding it.
        Require(ReceiveWindow >= MaxMessageSize + (2 * Mtu), nameof(ReceiveWindow));
        Require(SendBuffer >= Mtu, nameof(SendBuffer));
        Require(PeerMaxMessageSize > 0, nameof(PeerMaxMessageSize));
        Require(MaxStreams is >= 1 and <= ushort.MaxValue, nameof(MaxStreams));
        Require(MinimumTimeout > TimeSpan.Zero, nameof(MinimumTimeout));
        Require(MaximumTimeout >= MinimumTimeout, nameof(MaximumTimeout));
        Require(InitialTimeout >= MinimumTimeout && InitialTimeout <= MaximumTimeout, nameof(InitialTimeout));
    }

    private static void Require(bool isGood, string option)
    {
        if (!isGood)
        {
            throw new InvalidOperationException($"{option} of {nameof(SctpOptions)} is out of range.");
        }
    }
}

/// <summary>Fills a span with unpredictable bytes: tags, initial TSNs and cookie keys come from it.</summary>
internal delegate void RandomFill(Span<byte> destination);
