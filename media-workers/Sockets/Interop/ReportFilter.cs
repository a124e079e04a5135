using System.Net.Sockets;

namespace EventMeet.Sockets.Interop;

/// <summary>
/// Lets the kernel sort what arrives at one port to two sockets: reports, which tell of the past, to the second one. A classic BPF program
/// chooses among the sockets of a port (SO_ATTACH_REUSEPORT_CBPF, socket(7)); it sees the UDP payload.
/// </summary>
internal static unsafe class ReportFilter
{
    private const ushort LoadByte = 0x30; // BPF_LD | BPF_B | BPF_ABS
    private const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const ushort JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    private const int MediaSocket = 0;
    private const int ReportSocket = 1;

    /* A receiver report (201), or transport feedback (205) with the format of transport-wide (15) or congestion control (11, RFC 8888) feedback:
       type and format stand outside of what SRTCP encrypts. Whoever asks for something, by a NACK or a PLI, is heard at once, unless a report stands in
       front of it (RFC 5506 makes that unnecessary). A datagram that is too short ends the program with 0. */
    private static readonly Libc.FilterInstruction[] Program =
    [
        new(LoadByte, 0, 0, 0),
        new(And, 0, 0, 0xC0),
        new(JumpIfEqual, 0, 8, 0x80), // RTP's version (RFC 7983); else: media
        new(LoadByte, 0, 0, 1),
        new(JumpIfEqual, 5, 0, 201), // report
        new(JumpIfEqual, 0, 5, 205), // else: media
        new(LoadByte, 0, 0, 0),
        new(And, 0, 0, 0x1F),
        new(JumpIfEqual, 1, 0, 15), // report
        new(JumpIfEqual, 0, 1, 11), // report; else: media
        new(Return, 0, 0, ReportSocket),
        new(Return, 0, 0, MediaSocket),
    ];

    /// <summary>Attaches it; before the socket, the first of them, is bound.</summary>
    /// <exception cref="SocketException">The system cannot do that.</exception>
    public static void Attach(Socket first)
    {
        Share(first);
        fixed (Libc.FilterInstruction* instructions = Program)
        {
            var program = new Libc.FilterProgram { Length = (ushort)Program.Length, Instructions = instructions };
            first.SetRawSocketOption(
                Libc.SolSocket,
                Libc.SocketAttachReusePortFilter,
                new ReadOnlySpan<byte>(&program, sizeof(Libc.FilterProgram))
            );
        }
    }

    /// <summary>Lets another socket be bound where the first one is: the second gets the reports, more get nothing.</summary>
    public static void Share(Socket socket) =>
        socket.SetRawSocketOption(Libc.SolSocket, Libc.SocketReusePort, BitConverter.GetBytes(1));
}
