using System.Globalization;
using EventMeet.Media.Srtp;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>What is measured; everything is bounded.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        usage: tests/Benchmarks/load [options]

        The server (a bare worker of our own when none of these is given):
          --shards N            shards of the bare worker (1)
          --spread              each room's sessions go to its shards in turn, instead of whole rooms
          --turn MICROSECONDS   between the turns of a busy shard, 0 to 5000; 0 never rests (as the product has it)
          --eventmeet FILE      a running infra/local/up: its eventmeet.env
          --whip URL            any other: {room} and {publisher} are replaced by numbers
          --whep URL            with {publisher} in it, every subscriber makes a session for each publisher
          --meet URL            for --meet: an endpoint that takes offers that send and receive
          --token TOKEN         bearer token for all of these
          --pid PID             whose CPU and memory are measured

        The load:
          --rooms N             (1)
          --publishers N        per room (1)
          --subscribers N,N,…   per room; several make a series (10)
          --meet N              that many per room see and hear all others, in place of publishers and subscribers
          --kind KIND           video, audio or both (video)
          --bitrate KBIT        of each camera (1000)
          --fps N               (30)
          --packet-size N       largest RTP payload in bytes (1200)
          --suite SUITE         gcm or cm80 (gcm)
          --data                clients open the data channel too
          --loss PERCENT        each way (0)
          --delay MS            each way (0)
          --storm N             sessions that join in rooms of 10, without media, while it is measured (0)
          --no-offload          clients take one datagram per call: the kernel cuts trains in the server's time
          --poll MICROSECONDS   clients do not wait for datagrams, which has the server wake them up in its own CPU time,
                                but sleep so long between two looks, 0 to 5000; 0 waits (0)
          --awake               no CPU halts meanwhile: see README.md

        The run:
          --warm-up SECONDS     (5)
          --seconds SECONDS     (10)
          --sample N            decrypt every Nth packet and read its delay (8)
          --name NAME           of the scenario
          --out FOLDER          JSON and plots (artifacts/load)

        The delay is one-way: from right before a publisher encrypts and sends a packet (of a picture's packets each has its
        own time) until the kernel takes the server's copy in for the subscriber's socket. How long it lies there until the
        clients read it is not part of it.
        """;

    private const int MaxSessions = 5000;
    private const int MaxPollMicroseconds = 5000; // longer makes no difference: the clients' timers tick

    public string Name { get; init; } = "load";

    public int Shards { get; init; } = 1;

    /// <summary>Gets a value indicating whether each room is spread over all shards.</summary>
    public bool Spread { get; init; }

    /// <summary>Gets the microseconds between the turns of a busy shard; null for the product's own.</summary>
    public int? Turn { get; init; }

    public string? EventMeet { get; init; }

    public string? Whip { get; init; }

    public string? Whep { get; init; }

    public string? MeetUrl { get; init; }

    public string? Token { get; init; }

    public int? Pid { get; init; }

    public int Rooms { get; init; } = 1;

    public int Publishers { get; init; } = 1;

    public IReadOnlyList<int> Series { get; init; } = [10];

    /// <summary>Gets how many subscribe in each room.</summary>
    public int Subscribers { get; init; } = 10;

    /// <summary>Gets how many see all others in each room; 0 for publishers and subscribers.</summary>
    public int Meeting { get; init; }

    public string Kind { get; init; } = "video";

    public int BitsPerSecond { get; init; } = 1_000_000;

    public int FramesPerSecond { get; init; } = 30;

    public int PacketSize { get; init; } = 1200;

    public SrtpProfile Suite { get; init; } = SrtpProfile.AeadAes128Gcm;

    public bool DataChannel { get; init; }

    public double Loss { get; init; }

    public TimeSpan Delay { get; init; }

    public int Storm { get; init; }

    public bool Offload { get; init; } = true;

    /// <summary>Gets how long the clients sleep between two looks at their sockets; zero waits for them.</summary>
    public TimeSpan Poll { get; init; }

    /// <summary>Gets a value indicating whether CPUs are kept from halting.</summary>
    public bool Awake { get; init; }

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public int SampleEvery { get; init; } = 8;

    public string Out { get; init; } = "artifacts/load";

    public bool Video => Kind is "video" or "both";

    public bool Audio => Kind is "audio" or "both";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says why.</exception>
    public static LoadOptions Read(string[] arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Length; i++)
        {
            var isFlag = arguments[i] is "--data" or "--no-offload" or "--spread" or "--awake" or "--help";
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal) || (!isFlag && i + 1 == arguments.Length))
            {
                throw new FormatException($"{arguments[i]} is no option, or lacks its value.");
            }

            values[arguments[i]] = isFlag ? "" : arguments[++i];
        }

        // "--meet" is a number or a URL.
        var meet = values.GetValueOrDefault("--meet", "0");
        var isUrl = meet.Contains("://", StringComparison.Ordinal);
        var series = values.GetValueOrDefault("--subscribers", "10").Split(',').Select(text => Number(text)).ToList();
        return new LoadOptions
        {
            Name = values.GetValueOrDefault("--name", "load"),
            Shards = Number(values.GetValueOrDefault("--shards", "1"), 1, 64),
            Spread = values.ContainsKey("--spread"),
            Turn = values.TryGetValue("--turn", out var turn) ? Number(turn, 0, 5000) : null,
            EventMeet = values.GetValueOrDefault("--eventmeet"),
            Whip = values.GetValueOrDefault("--whip"),
            Whep = values.GetValueOrDefault("--whep"),
            MeetUrl = isUrl ? meet : values.GetValueOrDefault("--meet-url"),
            Token = values.GetValueOrDefault("--token"),
            Pid = values.TryGetValue("--pid", out var pid) ? Number(pid, 1, int.MaxValue) : null,
            Rooms = Number(values.GetValueOrDefault("--rooms", "1"), 1),
            Publishers = Number(values.GetValueOrDefault("--publishers", "1")),
            Series = series,
            Subscribers = series[0],
            Meeting = isUrl ? 0 : Number(meet),
            Kind = values.GetValueOrDefault("--kind", "video"),
            BitsPerSecond = Number(values.GetValueOrDefault("--bitrate", "1000"), 8, 100_000) * 1000,
            FramesPerSecond = Number(values.GetValueOrDefault("--fps", "30"), 1, 120),
            PacketSize = Number(values.GetValueOrDefault("--packet-size", "1200"), 100, 1400),
            Suite = values.GetValueOrDefault("--suite", "gcm") switch
            {
                "gcm" => SrtpProfile.AeadAes128Gcm,
                "cm80" => SrtpProfile.AesCm128HmacSha1Tag80,
                var other => throw new FormatException($"There is no suite {other}."),
            },
            DataChannel = values.ContainsKey("--data"),
            Loss = Number(values.GetValueOrDefault("--loss", "0"), 0, 100) / 100.0,
            Delay = TimeSpan.FromMilliseconds(Number(values.GetValueOrDefault("--delay", "0"), 0, 2000)),
            Storm = Number(values.GetValueOrDefault("--storm", "0")),
            Offload = !values.ContainsKey("--no-offload"),
            Poll = TimeSpan.FromMicroseconds(Number(values.GetValueOrDefault("--poll", "0"), 0, MaxPollMicroseconds)),
            Awake = values.ContainsKey("--awake"),
            WarmUp = TimeSpan.FromSeconds(Number(values.GetValueOrDefault("--warm-up", "5"), 0, 600)),
            Duration = TimeSpan.FromSeconds(Number(values.GetValueOrDefault("--seconds", "10"), 1, 3600)),
            SampleEvery = Number(values.GetValueOrDefault("--sample", "8"), 1, 1 << 20),
            Out = values.GetValueOrDefault("--out", "artifacts/load"),
        };
    }

    private static int Number(string text, int least = 0, int most = MaxSessions) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most
            ? number
            : throw new FormatException($"{text} is no number from {least} to {most}.");
}
