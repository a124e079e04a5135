using System.Globalization;
using EventMeet.Benchmarks.LoadRunner;
using EventMeet.Media.Dtls;
using EventMeet.Media.Values;
using EventMeet.Sockets;
using EventMeet.Testing.Signalling;

namespace EventMeet.Benchmarks.Joins;

/// <summary>
/// One run: sessions come and go until everything is compiled and grown; then so many join as are measured, stay idle, and
/// as many join again. Memory is the slope between the two numbers, so that what the process has anyway is not in it.
/// </summary>
internal sealed class JoinsRun : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SendingTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly JoinsOptions _options;
    private readonly LoadOptions _load = new() { DataChannel = true, BitsPerSecond = 1_000_000 };
    private readonly MonotonicClock _clock = new(TimeProvider.System);
    private readonly LoadTotals _totals = new();
    private readonly ClientSockets _sockets = new();
    private readonly Impairment _impairment = new(0, TimeSpan.Zero);
    private readonly DtlsIdentity _identity;
    private readonly ClientLoop _loop;
    private readonly BareWorkerProcess _worker;
    private readonly Signalling _signalling;
    private readonly ProcessProbe _probe;
    private int _clients;
    private int _present;

    private JoinsRun(JoinsOptions options, BareWorkerProcess worker, Signalling signalling)
    {
        (_options, _worker, _signalling) = (options, worker, signalling);
        var now = TimeProvider.System.GetUtcNow();
        _identity = DtlsIdentity.Create(now.AddDays(-1), now.AddDays(1));
        _loop = new ClientLoop(_clock, _totals, _impairment);
        _probe = new ProcessProbe(worker.Pid);
    }

    public static async Task<int> RunAsync(string[] arguments)
    {
        JoinsOptions options;
        try
        {
            options = JoinsOptions.Read(arguments);
        }
        catch (FormatException failure)
        {
            await Console.Error.WriteLineAsync($"{failure.Message}\n{JoinsOptions.Usage}");
            return 2;
        }

        await using var worker = await BareWorkerProcess.StartAsync(shards: 1);
        using var signalling = await Signalling.CreateAsync(new LoadOptions(), worker.Url);
        using var run = new JoinsRun(options, worker, signalling);
        await run.MeasureAsync();
        return 0;
    }

    public void Dispose()
    {
        _loop.Stop();
        _loop.Dispose();
        _sockets.Dispose();
        _identity.Dispose();
    }

    private async Task MeasureAsync()
    {
        _loop.Start();
        Write(
            "sessions of {0} audio and {1} video slots, {2} a room",
            _options.AudioSlots,
            _options.VideoSlots,
            _options.RoomSize
        );
        _ = await ReportJoinsAsync("cold", Math.Max(_options.WarmUp, 1));
        await LeaveAsync();
        if (_options.Hold > TimeSpan.Zero)
        {
            Write("the worker is process {0}", _worker.Pid);
            await Task.Delay(_options.Hold, TimeProvider.System);
        }

        var empty = await _worker.WeighAsync();
        var first = await ReportJoinsAsync("warm", _options.Sessions);
        var half = await _worker.WeighAsync();
        await ReportIdleAsync(first);
        _ = await ReportJoinsAsync("warm", _options.Sessions);
        var whole = await _worker.WeighAsync();
        ReportMemory($"0 to {_options.Sessions} idle sessions", empty, half, _options.Sessions, "session");
        ReportMemory($"{_options.Sessions} to {2 * _options.Sessions}", half, whole, _options.Sessions, "session");
        if (_options.Tracks > 0)
        {
            await PublishAsync();
            await Task.Delay(SendingTime, TimeProvider.System);
            var sending = await _worker.WeighAsync();
            ReportMemory(
                $"{_options.Tracks} begin to send camera and microphone",
                whole,
                sending,
                _options.Tracks,
                "publisher"
            );
        }
    }

    // Those that have joined are no longer free of cost while others join: see ReportIdleAsync.
    private async Task<(TimeSpan Cpu, double SessionSeconds)> ReportJoinsAsync(string name, int count)
    {
        var (before, startedAt) = (_present, _clock.Now);
        _probe.Begin();
        await JoinAsync(count);
        var (media, all) = (_probe.MediaCpu(), _probe.Cpu());
        Write(
            "{0}: {1} joins beside {2}, {3:0.00} ms of the shard's CPU each ({4:0.00} ms with the benchmark's signalling)",
            name,
            count,
            before,
            media.TotalMilliseconds / count,
            all.TotalMilliseconds / count
        );
        return (media, (before + (count / 2.0)) * (_clock.Now - startedAt).TotalSeconds);
    }

    private async Task ReportIdleAsync((TimeSpan Cpu, double SessionSeconds) joins)
    {
        _probe.Begin();
        await Task.Delay(_options.Idle, TimeProvider.System);
        var idle = _probe.Cpu().TotalMilliseconds / _options.Idle.TotalSeconds / _options.Sessions;
        Write(
            "idle: {0:0.000} ms of CPU per session and second; without that the joins took {1:0.00} ms each",
            idle,
            (joins.Cpu.TotalMilliseconds - (joins.SessionSeconds * idle)) / _options.Sessions
        );
    }

    private async Task LeaveAsync()
    {
        await _signalling.LeaveAllAsync();
        _ = await _loop.AskAsync((_, _) => _loop.RemoveAll());
        _present = 0;
    }

    private static void ReportMemory(string what, WorkerWeight before, WorkerWeight after, int count, string unit) =>
        Write(
            "memory, {0}: {1:0.0} KiB per {2} resident, of it {3:0.0} managed and {4:0.0} native in use",
            what,
            (after.ResidentBytes - before.ResidentBytes) / 1024.0 / count,
            unit,
            (after.ManagedBytes - before.ManagedBytes) / 1024.0 / count,
            (after.NativeBytes - before.NativeBytes) / 1024.0 / count
        );

    private async Task JoinAsync(int count)
    {
        var startedAt = _clock.Now;
        var joins = new List<Task>(count);
        for (var number = 0; number < count; number++)
        {
            var wait = startedAt + TimeSpan.FromSeconds((double)number / _options.Rate) - _clock.Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TimeProvider.System);
            }

            joins.Add(JoinOneAsync());
        }

        await Task.WhenAll(joins);
        await UntilAsync(clients => clients.TrueForAll(client => client.ConnectedAt != MonotonicTime.Never));
    }

    private async Task JoinOneAsync()
    {
        var number = ++_clients;
        var room = _present++ / _options.RoomSize;
        var socket = _sockets.Add(offload: true);
        var offer = new SyntheticOffer(
            new SyntheticOfferOptions
            {
                AudioSlots = _options.AudioSlots,
                VideoSlots = _options.VideoSlots,
                Candidate = socket.Local,
            },
            _identity.Fingerprint,
            new Random(number)
        );
        var postedAt = _clock.Now;
        var answer = await _signalling.PostAsync(SignallingUse.Meet, room, publisher: 0, offer.Text);
        var session = offer.Complete(answer);
        socket.Connect(session.Server.ToIPEndPoint());
        await _loop.AddAsync(_ => new LoadClient(
            session,
            _identity,
            socket,
            _load,
            _totals,
            _impairment,
            number,
            postedAt
        )
        {
            IsIdle = true,
        });
    }

    private Task<bool> PublishAsync() =>
        _loop.AskAsync(
            (clients, now) =>
            {
                clients.TakeLast(_options.Tracks).ToList().ForEach(client => client.Publish(now));
                return true;
            }
        );

    private async Task UntilAsync(Predicate<List<LoadClient>> condition)
    {
        var limit = _clock.Now + Patience;
        while (!await _loop.AskAsync((clients, _) => condition(clients)))
        {
            if (_clock.Now >= limit)
            {
                throw new InvalidOperationException($"Within {Patience.TotalSeconds} s a session did not connect.");
            }

            await Task.Delay(PollInterval, TimeProvider.System);
        }
    }

    private static void Write(string format, params ReadOnlySpan<object?> values) =>
        Console.WriteLine(string.Format(CultureInfo.InvariantCulture, format, values));
}
