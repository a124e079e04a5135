using System.Runtime.CompilerServices;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Srtp;

/// <summary>
/// Which of the newest 1024 indices of one SSRC have been received (RFC 3711 section 3.3.2). A second of 4K video is
/// about 2,000 packets; what is later than half of that is late beyond use.
/// </summary>
/// <param name="first">The index of the first authenticated packet; counts as received.</param>
internal sealed class ReplayWindow(long first)
{
    /// <summary>How many indices are remembered.</summary>
    public const int Length = 1024;

    private const int BitsPerWord = 64;

    // Bit (index mod 1024); those of indices below the first are clear: they may come late.
    private Words _received = With(first);

    /// <summary>Gets the highest index received.</summary>
    public long Newest { get; private set; } = first;

    /// <summary>May a packet with this index be taken?</summary>
    public PacketFault Check(long index)
    {
        if (index > Newest)
        {
            return PacketFault.None;
        }

        if (Newest - index >= Length)
        {
            return PacketFault.SrtpTooOld;
        }

        return (_received[WordOf(index)] & BitOf(index)) != 0 ? PacketFault.SrtpReplayed : PacketFault.None;
    }

    /// <summary>Notes a packet that has passed <see cref="Check"/> and then its tag's.</summary>
    public void Accept(long index)
    {
        if (index - Newest >= Length)
        {
            _received = default;
        }
        else
        {
            for (var skipped = Newest + 1; skipped < index; skipped++)
            {
                _received[WordOf(skipped)] &= ~BitOf(skipped);
            }
        }

        _received[WordOf(index)] |= BitOf(index);
        Newest = Math.Max(Newest, index);
    }

    private static Words With(long index)
    {
        Words words = default;
        words[WordOf(index)] = BitOf(index);
        return words;
    }

    private static int WordOf(long index) => (int)(index / BitsPerWord % (Length / BitsPerWord));

    private static ulong BitOf(long index) => 1UL << (int)(index % BitsPerWord);

    [InlineArray(Length / BitsPerWord)]
    private struct Words
    {
        private ulong _first;
    }
}
