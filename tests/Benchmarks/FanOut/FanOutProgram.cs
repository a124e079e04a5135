using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.FanOut;

/// <summary>
/// The fan-out loop of the engine on one thread: pictures in, encrypted packets out to real sockets on the loopback. Where
/// the floor is (floor_c: the same loop in C without ingress and header logic), it runs between our rounds, twice: with the
/// best C for this machine's instructions, and with OpenSSL.
/// </summary>
internal static class FanOutProgram
{
    private const int Viewers = 50;
    private const int Packets = 6000;
    private const int LongTrain = 8;
    private const int Rounds = 3;
    private const int ReceiveBuffer = 64 << 20;

    // As the floor does: sockets are emptied so often, so that both write to memory that is as warm.
    private const int ForwardedPerRound = 400;

    public static int Run(string[] arguments)
    {
        var floor = arguments is [var folder] ? folder : Environment.GetEnvironmentVariable("EVENTMEET_FLOOR");
        Console.Write(Describe(Measure(floor)));
        return 0;
    }

    /// <summary>Measures, first with trains of one, then with long ones.</summary>
    /// <param name="floor">The floor's folder, with floor_c built; null without.</param>
    public static IReadOnlyList<FanOutResult> Measure(string? floor)
    {
        var program = floor is null ? null : Path.Combine(floor, "floor_c");
        return [MeasureRounds(1, program), MeasureRounds(LongTrain, program)];
    }

    /// <summary>Writes a table.</summary>
    public static string Describe(IReadOnlyList<FanOutResult> results) =>
        $"""
            | fan-out loop, GCM, ns per forwarded packet | engine alone | with sending | best C | best C/ours | C with OpenSSL | OpenSSL/ours |
            |---|---|---|---|---|---|---|
            {string.Join('\n', results.Select(Row))}

            """;

    private static string Row(FanOutResult result) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| 1 → {Viewers}, trains of {result.PacketsPerPicture} | {result.Engine:0} | {result.Loop:0} | {Compare(result.BestFloor, result.Loop)} | {Compare(result.OpenSslFloor, result.Loop)} |"
        );

    private static string Compare(double floor, double ours) =>
        double.IsFinite(floor)
            ? string.Create(CultureInfo.InvariantCulture, $"{floor:0} | {floor / ours:0.00}")
            : "not there | -";

    private static FanOutResult MeasureRounds(int packetsPerPicture, string? floor)
    {
        // What is not there stays endless.
        const double Endless = double.PositiveInfinity;
        var best = new FanOutResult(packetsPerPicture, Endless, Endless, Endless, Endless);
        for (var round = 0; round < Rounds; round++)
        {
            best = best with
            {
                Loop = Math.Min(best.Loop, MeasureLoop(packetsPerPicture, sends: true)),
                Engine = Math.Min(best.Engine, MeasureLoop(packetsPerPicture, sends: false)),
                BestFloor = Math.Min(best.BestFloor, MeasureFloor(floor, "vaes", packetsPerPicture)),
                OpenSslFloor = Math.Min(best.OpenSslFloor, MeasureFloor(floor, "ossl", packetsPerPicture)),
            };
        }

        return best;
    }

    private static double MeasureLoop(int packetsPerPicture, bool sends)
    {
        using var meeting = new FanOutMeeting(Viewers, packetsPerPicture, Packets);
        using var port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0));
        var sinks = Enumerable.Range(0, Viewers).Select(_ => new Sink()).ToList();
        try
        {
            var addresses = new Dictionary<TransportAddress, TransportAddress>();
            var (forwarded, best) = (0L, double.MaxValue);
            while (meeting.Left > Packets / 10)
            {
                forwarded = 0;
                var before = ThreadClock.Used;
                while (forwarded < ForwardedPerRound && meeting.Left > 0)
                {
                    _ = meeting.HandlePicture();
                    forwarded += Send(meeting.Engine, port, sinks, addresses, sends);
                }

                // What lies in the sockets is taken out between the measurements.
                best = Math.Min(best, (ThreadClock.Used - before).TotalNanoseconds / forwarded);
                sinks.ForEach(sink => sink.Drain());
            }

            return best;
        }
        finally
        {
            sinks.ForEach(sink => sink.Dispose());
        }
    }

    private static long Send(
        ForwardingEngine engine,
        UdpPort port,
        List<Sink> sinks,
        Dictionary<TransportAddress, TransportAddress> addresses,
        bool sends
    )
    {
        var count = 0L;
        while (engine.TryTakeTransmit(out var transmit))
        {
            count += (transmit.Data.Length + transmit.SegmentSize - 1) / transmit.SegmentSize;
            if (!sends)
            {
                continue;
            }

            // The viewers' addresses are those of a virtual network; each has a socket here.
            if (!addresses.TryGetValue(transmit.Destination, out var address))
            {
                address = sinks[addresses.Count % sinks.Count].Address;
                addresses.Add(transmit.Destination, address);
            }

            port.Enqueue(new Transmit(address, transmit.Data, transmit.SegmentSize));
            if (transmit.EndsGroup)
            {
                port.Flush();
            }
        }

        return count;
    }

    private static double MeasureFloor(string? program, string crypto, int packetsPerPicture)
    {
        if (!File.Exists(program))
        {
            return double.PositiveInfinity;
        }

        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            "127.0.0.1",
            "gcm",
            crypto,
            packetsPerPicture == 1 ? "mmsg" : "gso",
            packetsPerPicture.ToString(CultureInfo.InvariantCulture),
            Viewers.ToString(CultureInfo.InvariantCulture),
            "1100",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var words = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        var unit = Array.IndexOf(words, "ns/pkt");
        return unit > 0 ? double.Parse(words[unit - 1], CultureInfo.InvariantCulture) : double.PositiveInfinity;
    }

    /// <summary>A socket that takes what one viewer is sent; nobody looks at it.</summary>
    private sealed class Sink : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly byte[] _buffer = new byte[2048];

        public Sink()
        {
            _socket.ReceiveBufferSize = ReceiveBuffer;
            _socket.Blocking = false;
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Address = TransportAddress.From((IPEndPoint)_socket.LocalEndPoint!);
        }

        public TransportAddress Address { get; }

        public void Drain()
        {
            while (_socket.Available > 0)
            {
                _ = _socket.Receive(_buffer, SocketFlags.None, out _);
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
