using System.Diagnostics;
using EventMeet.Media.Dtls;
using EventMeet.Media.Srtp;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Testing.Peers;
using EventMeet.Testing.Signalling;

namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>One scenario: joins everybody, waits until media flows, measures, leaves.</summary>
internal sealed class LoadRun : IDisposable
{
    // So many offers are under way at once.
    private const int Concurrency = 16;
    private const int StormRoomSize = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly LoadOptions _options;
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly LoadTotals _totals = new();
    private readonly ClientSockets _sockets = new();
    private readonly DtlsIdentity _identity;
    private readonly Impairment _impairment;
    private readonly ClientLoop _loop;
    private readonly BareWorkerProcess? _worker;
    private readonly Signalling _signalling;
    private readonly ProcessProbe? _probe;
    private int _clients;

    private LoadRun(LoadOptions options, BareWorkerProcess? worker, Signalling signalling)
    {
        (_options, _worker, _signalling) = (options, worker, signalling);
        _identity = DtlsIdentity.Create(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1),
            options.Suite
        );
        _impairment = new Impairment(options.Loss, options.Delay);
        _loop = new ClientLoop(_clock, _totals, _impairment, options.Poll);
        var pid = worker?.Pid ?? options.Pid;
        if (pid is null && options.EventMeet is { } file)
        {
            pid = int.Parse(Signalling.ReadEnvironment(file)["EVENTMEET_SFU_PID"], null);
        }

        _probe = pid is { } known ? new ProcessProbe(known) : null;
    }

    private int SessionsPerRoom =>
        _options.Meeting > 0
            ? _options.Meeting
            : _options.Publishers + (_options.Subscribers * (_signalling.PlaysOneByOne ? _options.Publishers : 1));

    private int Sessions => _options.Rooms * SessionsPerRoom;

    public static async Task<LoadResult> RunAsync(LoadOptions options)
    {
        var isOurs = options.EventMeet is null && options.Whip is null && options.MeetUrl is null;
        await using var worker = isOurs
            ? await BareWorkerProcess.StartAsync(options.Shards, options.Turn, options.Spread)
            : null;
        using var awake = options.Awake ? new AwakeCpus() : null;
        using var signalling = await Signalling.CreateAsync(options, worker?.Url);
        using var run = new LoadRun(options, worker, signalling);
        return await run.MeasureAsync();
    }

    public void Dispose()
    {
        _loop.Stop();
        _loop.Dispose();
        _sockets.Dispose();
        _identity.Dispose();
    }

    private async Task<LoadResult> MeasureAsync()
    {
        _loop.Start();
        var empty = _probe?.ResidentBytes() ?? 0;
        _probe?.Begin();
        var joining = Stopwatch.StartNew();
        await JoinAllAsync();
        var joined = joining.Elapsed;
        var joinCpu = _probe?.Cpu() ?? TimeSpan.Zero;
        await UntilAsync(
            clients => clients.TrueForAll(client => client.Received.TrueForAll(stream => stream.HasStarted)),
            required: HasMedia,
            "a stream never began"
        );
        await Task.Delay(_options.WarmUp, TimeProvider.System);

        var before = _worker is null ? null : await _worker.DescribeAsync();
        var runnerCpu = _loop.Cpu;
        _ = await _loop.AskAsync(
            (clients, _) =>
            {
                _totals.Clear();
                clients.ForEach(client => client.Received.ForEach(stream => stream.Begin()));
                return true;
            }
        );
        _probe?.Begin();
        var watch = Stopwatch.StartNew();
        var storm = StormAsync();
        await Task.Delay(_options.Duration, TimeProvider.System);
        // However long it takes, all of it is measured.
        await storm;
        var cpu = _probe?.Cpu() ?? TimeSpan.Zero;
        var mediaCpu = _probe?.MediaCpu() ?? TimeSpan.Zero;
        var seconds = watch.Elapsed.TotalSeconds;
        var result = await _loop.AskAsync((clients, _) => Count(clients, seconds, cpu, mediaCpu));
        var after = _worker is null ? null : await _worker.DescribeAsync();
        var joins = await _loop.AskAsync((clients, _) => JoinTimes(clients));
        var resident = _probe?.ResidentBytes() ?? 0;
        return result with
        {
            RunnerCpuPercent = (_loop.Cpu - runnerCpu).TotalSeconds / seconds * 100,
            JoinsPerSecond = Sessions / joined.TotalSeconds,
            JoinMillisecondsP50 = joins[joins.Count / 2],
            JoinMillisecondsMax = joins[^1],
            JoinCpuMilliseconds = joinCpu.TotalMilliseconds / (Sessions - (Sessions / 2)),
            EmptyMebibytes = empty / 1048576.0,
            ResidentMebibytes = resident / 1048576.0,
            KibibytesPerSession = (resident - empty) / 1024.0 / _clients,
            AllocatedBytesPerPacket =
                (after?.AllocatedBytes - before?.AllocatedBytes) / Math.Max(1, result.ForwardedPerSecond * seconds),
            Collections = after?.Collections - before?.Collections,
            PauseMilliseconds = after?.PauseMilliseconds - before?.PauseMilliseconds,
            Faults = after?.Faults ?? result.Faults,
        };
    }

    private bool HasMedia => _options.Meeting > 1 || _options.Publishers > 0;

    private static List<double> JoinTimes(List<LoadClient> clients) =>
        [
            .. clients
                .Where(client => client.ConnectedAt != MonotonicTime.Never)
                .Select(client => (client.ConnectedAt - client.PostedAt).TotalMilliseconds)
                .Order()
                .DefaultIfEmpty(),
        ];

    private async Task JoinAllAsync()
    {
        if (_options.Meeting > 0)
        {
            await JoinAsync(_options.Rooms * _options.Meeting, JoinMeetingAsync);
        }
        else
        {
            await JoinAsync(_options.Rooms * _options.Publishers, JoinPublisherAsync);
            await JoinAsync(Sessions - (_options.Rooms * _options.Publishers), JoinSubscriberAsync);
        }

        await UntilConnectedAsync();
    }

    private Task UntilConnectedAsync() =>
        UntilAsync(
            clients => clients.TrueForAll(client => client.ConnectedAt != MonotonicTime.Never),
            required: true,
            "a session did not connect"
        );

    private static async Task JoinAsync(int count, Func<int, Task> join)
    {
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, Math.Min(Concurrency, count))
                .Select(async _ =>
                {
                    for (var number = Interlocked.Increment(ref next); number < count; )
                    {
                        await join(number);
                        number = Interlocked.Increment(ref next);
                    }
                })
        );
    }

    private Task JoinMeetingAsync(int number)
    {
        var others = _options.Meeting - 1;
        var offer = Offer(publishes: true, _options.Audio ? others : 0, _options.Video ? others : 0);
        return PostAsync(SignallingUse.Meet, number / _options.Meeting, publisher: 0, offer);
    }

    private Task JoinPublisherAsync(int number) =>
        PostAsync(
            SignallingUse.Publish,
            number / _options.Publishers,
            number % _options.Publishers,
            Offer(publishes: true, audioSlots: 0, videoSlots: 0)
        );

    private Task JoinSubscriberAsync(int number)
    {
        var perRoom = SessionsPerRoom - _options.Publishers;
        var slots = _signalling.PlaysOneByOne ? 1 : Math.Max(1, _options.Publishers);
        return PostAsync(
            SignallingUse.Play,
            number / perRoom,
            _signalling.PlaysOneByOne ? number % _options.Publishers : 0,
            Offer(publishes: false, _options.Audio ? slots : 0, _options.Video ? slots : 0)
        );
    }

    private SyntheticOfferOptions Offer(bool publishes, int audioSlots, int videoSlots) =>
        new()
        {
            Microphone = publishes && _options.Audio,
            Camera = publishes && _options.Video,
            AudioSlots = audioSlots,
            VideoSlots = videoSlots,
            DataChannel = _options.DataChannel,
            BitsPerSecond = _options.BitsPerSecond,
        };

    private async Task PostAsync(
        SignallingUse use,
        int room,
        int publisher,
        SyntheticOfferOptions offered,
        bool isIdle = false
    )
    {
        var number = Interlocked.Increment(ref _clients);
        if (number == Sessions / 2)
        {
            // The first half has warmed the server up.
            _probe?.Begin();
        }

        var socket = _sockets.Add(_options.Offload);
        var offer = new SyntheticOffer(
            offered with
            {
                Candidate = socket.Local,
            },
            _identity.Fingerprint,
            new Random(number)
        );
        var postedAt = _clock.Now;
        var answer = await _signalling.PostAsync(use, room, publisher, offer.Text);
        var session = offer.Complete(answer);
        socket.Connect(session.Server.ToIPEndPoint());
        await _loop.AddAsync(_ => new LoadClient(
            session,
            _identity,
            socket,
            _options with
            {
                DataChannel = offered.DataChannel,
            },
            _totals,
            _impairment,
            number,
            postedAt
        )
        {
            IsIdle = isIdle,
        });
    }

    // Sessions that send and subscribe to nothing, in rooms of their own, as fast as the server takes them.
    private async Task StormAsync()
    {
        var idle = new SyntheticOfferOptions
        {
            Microphone = false,
            Camera = true,
            AudioSlots = 0,
            VideoSlots = 0,
            DataChannel = true,
        };
        await JoinAsync(
            _options.Storm,
            number =>
                PostAsync(
                    SignallingUse.Meet,
                    _options.Rooms + (number / StormRoomSize),
                    publisher: 0,
                    idle,
                    isIdle: true
                )
        );
        await UntilConnectedAsync();
    }

    private async Task UntilAsync(Predicate<List<LoadClient>> condition, bool required, string complaint)
    {
        var limit = _clock.Now + Patience;
        while (!await _loop.AskAsync((clients, _) => condition(clients)))
        {
            if (_clock.Now >= limit || !required)
            {
                if (required)
                {
                    throw new InvalidOperationException($"Within {Patience.TotalSeconds} s {complaint}.");
                }

                return;
            }

            await Task.Delay(PollInterval, TimeProvider.System);
        }
    }

    private LoadResult Count(List<LoadClient> clients, double seconds, TimeSpan cpu, TimeSpan mediaCpu)
    {
        var streams = clients.SelectMany(client => client.Received).ToList();
        var forwarded = streams.Sum(stream => stream.Datagrams) + _totals.Dropped;
        return new LoadResult
        {
            Name = _options.Name,
            Rooms = _options.Rooms,
            Publishers = _options.Publishers,
            Subscribers = _options.Subscribers,
            Meeting = _options.Meeting,
            Kind = _options.Kind,
            BitsPerSecond = _options.BitsPerSecond,
            Suite = clients.Select(client => client.Profile).FirstOrDefault(_options.Suite.ToString()),
            Offload = _options.Offload,
            Awake = _options.Awake,
            PollMicroseconds = (int)_options.Poll.TotalMicroseconds,
            Sessions = Sessions,
            Seconds = seconds,
            PublishedPerSecond = _totals.Published / seconds,
            ForwardedPerSecond = forwarded / seconds,
            MegabitsPerSecond = streams.Sum(stream => stream.Bytes) * 8 / seconds / 1e6,
            ServerCpuPercent = cpu.TotalSeconds / seconds * 100,
            MicrosecondsPerPacket = cpu.TotalMicroseconds / Math.Max(1, forwarded),
            MediaMicrosecondsPerPacket = mediaCpu.TotalMicroseconds / Math.Max(1, forwarded),
            MillisecondsPerSessionSecond = cpu.TotalMilliseconds / seconds / Sessions,
            TrainLength = (double)forwarded / Math.Max(1, _totals.ReceiveCalls),
            DelayP50 = _totals.Delays.Percentile(0.5),
            DelayP90 = _totals.Delays.Percentile(0.9),
            DelayP99 = _totals.Delays.Percentile(0.99),
            DelayP999 = _totals.Delays.Percentile(0.999),
            DelayMax = _totals.Delays.Percentile(1),
            Lost = streams.Sum(stream => stream.Lost),
            Dropped = _totals.Dropped,
            Recovered = streams.Sum(stream => stream.Recovered),
            Reordered = streams.Sum(stream => stream.Reordered),
            Repeated = streams.Sum(stream => stream.Repeated),
            Undecryptable = _totals.Undecryptable,
            Frames = streams.Sum(stream => stream.Frames),
            Freezes = streams.Sum(stream => stream.Freezes),
            FrozenSeconds = streams.Sum(stream => stream.Frozen.TotalSeconds),
            FeedbackPerSecond = _totals.Feedback / seconds,
            StormJoins = clients.Count - Sessions,
        };
    }
}
