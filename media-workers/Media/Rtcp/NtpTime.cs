/*  RFC 3550 section 4: seconds since 1900-01-01 (32) . fraction (32); the middle 32 bits serve as the compact form

    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |          seconds              .         |       fraction      |
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
             16  <------ compact, 16.16 ------>  16
*/
using EventMeet.Media.Values;

namespace EventMeet.Media.Rtcp;

/// <summary>A wall-clock time as RTCP writes it (RFC 3550 section 4).</summary>
/// <param name="Value">Seconds since 1900 in the upper 32 bits, the fraction in the lower.</param>
public readonly record struct NtpTime(ulong Value)
{
    // Seconds from 1900-01-01 to 1970-01-01 (RFC 868).
    private const long UnixEpochSeconds = 2_208_988_800;

    /// <summary>Gets the middle 32 bits, in units of 1/65536 s: what LSR carries.</summary>
    public uint Compact => (uint)(Value >> 16);

    /// <summary>From microseconds since 1970-01-01T00:00:00Z; wraps in 2036 as the format does.</summary>
    public static NtpTime FromUnixMicroseconds(long microseconds)
    {
        var (seconds, rest) = Math.DivRem(microseconds, 1_000_000);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + 1_000_000);
        }

        return new(((ulong)(seconds + UnixEpochSeconds) << 32) + (((ulong)rest << 32) / 1_000_000));
    }

    /// <summary>A compact duration (16.16 s) as microseconds.</summary>
    public static long CompactToMicroseconds(uint compact) => (compact * 1_000_000L) >> 16;

    /// <summary>A duration as a compact one (16.16 s), at most 65535.99 s.</summary>
    public static uint ToCompact(TimeSpan duration)
    {
        var microseconds = duration.Ticks / TimeSpan.TicksPerMicrosecond;
        return microseconds <= 0 ? 0 : (uint)Math.Min((microseconds << 16) / 1_000_000, uint.MaxValue);
    }

    /// <summary>Later by so many microseconds, or earlier.</summary>
    public NtpTime PlusMicroseconds(long microseconds)
    {
        var (seconds, rest) = Math.DivRem(microseconds, 1_000_000);
        return new(Value + ((ulong)seconds << 32) + (ulong)((rest << 32) / 1_000_000));
    }

    /// <summary>How far this time is after another, in microseconds; right across the wrap of 2036 while they are less than 68 years apart.</summary>
    public long MicrosecondsSince(NtpTime other)
    {
        var difference = (long)(Value - other.Value);
        return ((difference >> 32) * 1_000_000) + (long)(((ulong)(uint)difference * 1_000_000) >> 32);
    }
}

/// <summary>Tells the wall-clock time that belongs to a point on the shard's own clock. Made by the shell, which knows both.</summary>
/// <param name="AtZero">The wall-clock time at <see cref="MonotonicTime.Zero"/>.</param>
public readonly record struct NtpClock(NtpTime AtZero)
{
    /// <summary>The wall-clock time then.</summary>
    public NtpTime At(MonotonicTime time) => AtZero.PlusMicroseconds(time.Microseconds);
}
