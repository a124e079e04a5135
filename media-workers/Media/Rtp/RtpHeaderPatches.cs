/*  abs-send-time (www.webrtc.org/experiments/rtp-hdrext/abs-send-time): 24 bits, 6.18 fixed point seconds

    transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2): 16 bits
*/
using System.Buffers.Binary;
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtp;

/// <summary>How long a written header is, and where in it stands what is known only when the packet leaves.</summary>
/// <param name="HeaderLength">In bytes.</param>
/// <param name="TransportSequenceOffset">Where the two bytes are; 0 when the subscriber did not negotiate it.</param>
/// <param name="AbsSendTimeOffset">Where the three bytes are; 0 when the subscriber did not negotiate it.</param>
internal readonly record struct RtpHeaderPatches(int HeaderLength, int TransportSequenceOffset, int AbsSendTimeOffset)
{
    private const byte PaddingBit = 0x20;

    /// <summary>Converts a time to the extension's 24 bits.</summary>
    public static uint ToAbsSendTime(MonotonicTime time)
    {
        // 2^18 / 10^6 = 4096 / 15625, exact; the remainder first, so that years of microseconds do not overflow.
        const long WrapMicroseconds = 64_000_000;
        return (uint)(time.Microseconds % WrapMicroseconds * 4096 / 15625) & 0xFF_FFFF;
    }

    /// <summary>Writes the transport-wide sequence number; must happen before encryption.</summary>
    public void PatchTransportSequence(Span<byte> packet, ushort transportSequence)
    {
        if (TransportSequenceOffset != 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[TransportSequenceOffset..], transportSequence);
        }
    }

    /// <summary>Writes the send time; must happen before encryption.</summary>
    public void PatchAbsSendTime(Span<byte> packet, MonotonicTime now)
    {
        if (AbsSendTimeOffset != 0)
        {
            var value = ToAbsSendTime(now);
            packet[AbsSendTimeOffset] = (byte)(value >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(packet[(AbsSendTimeOffset + 1)..], (ushort)value);
        }
    }

    /// <summary>Sets the P bit: padding follows the payload (RFC 3550 section 5.1).</summary>
    public static void SetPadding(Span<byte> packet) => packet[0] |= PaddingBit;

    /// <summary>Clears the P bit: the padding has been left out.</summary>
    public static void ClearPadding(Span<byte> packet) => packet[0] &= unchecked((byte)~PaddingBit);
}
