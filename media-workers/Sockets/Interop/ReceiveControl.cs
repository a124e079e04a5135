namespace EventMeet.Sockets.Interop;

/// <summary>What the kernel says about a datagram, or a train of them, that it hands over: cmsg(3).</summary>
internal static unsafe class ReceiveControl
{
    /// <summary>Bytes that everything it may say takes: a moment (SO_TIMESTAMPNS) and a size (UDP_GRO).</summary>
    public const int Length = (HeaderLength * 2) + 16 + 8;

    private const int HeaderLength = 16;
    private const int RealTime = 0; // CLOCK_REALTIME

    // A clock that is set meanwhile must not make a datagram come out of the future, or older than it can be.
    private const long LongestAge = TimeSpan.TicksPerSecond;

    /// <summary>Gets the time of day, with which <see cref="Read"/> compares, in nanoseconds.</summary>
    public static long Now
    {
        get
        {
            Libc.TimeSpec time;
            return Libc.GetClock(RealTime, &time) == 0 ? Nanoseconds(time) : 0;
        }
    }

    /// <summary>Reads what was said.</summary>
    /// <param name="control">As recvmsg(2) filled it.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="now"><see cref="Now"/>, read after the datagram was received.</param>
    /// <param name="segmentSize">Of each datagram of a train but the last, in bytes; 0 for a single one.</param>
    /// <param name="age">How long ago it came to the machine: zero to a second; zero where nothing was said.</param>
    public static void Read(byte* control, nuint length, long now, out int segmentSize, out TimeSpan age)
    {
        (segmentSize, age) = (0, TimeSpan.Zero);
        for (var end = control + length; end - control >= HeaderLength; )
        {
            var header = (Libc.ControlHeader*)control;
            var data = control + HeaderLength;
            if (header->Length < HeaderLength || header->Length > (nuint)(end - control))
            {
                return;
            }

            var dataLength = header->Length - HeaderLength;
            if (header->Level == Libc.SolUdp && header->Type == Libc.UdpReceiveOffload && dataLength >= sizeof(int))
            {
                segmentSize = *(int*)data;
            }
            else if (
                header->Level == Libc.SolSocket
                && header->Type == Libc.SocketTimestampNanoseconds
                && dataLength >= (nuint)sizeof(Libc.TimeSpec)
            )
            {
                var ticks = (now - Nanoseconds(*(Libc.TimeSpec*)data)) / TimeSpan.NanosecondsPerTick;
                age = TimeSpan.FromTicks(Math.Clamp(ticks, 0, LongestAge));
            }

            control += (header->Length + 7) & ~(nuint)7;
        }
    }

    private static long Nanoseconds(Libc.TimeSpec time) => (time.Seconds * 1_000_000_000) + time.Nanoseconds;
}
