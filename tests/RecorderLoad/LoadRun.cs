using System.Globalization;
using System.Security.Cryptography;
using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Media.Rtcp;
using EventMeet.Media.Values;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.RecorderLoad;

/// <summary>Orders recordings of synthetic rooms over the bus, feeds them, stops them, and says what came of it.</summary>
internal sealed class LoadRun(
    string busText,
    int rooms,
    int tracks,
    IReadOnlyList<ReadOnlyMemory<byte>> content,
    TimeSpan length
) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly IdSource _ids = new(TimeProvider.System);
    private readonly AmqpMessageBus _bus = new(
        BusConnectionOptions.FromConnectionString(busText),
        TimeProvider.System,
        NullLogger<AmqpMessageBus>.Instance
    );
    private readonly Dictionary<RecordingId, (SyntheticSender Sender, WorkerId Worker)> _senders = [];
    private readonly List<RecordingFinished> _finished = [];
    private readonly List<double> _cpu = [];
    private readonly Lock _lock = new();
    private readonly long _origin = TimeProvider.System.GetTimestamp();
    private readonly DateTimeOffset _wallOrigin = TimeProvider.System.GetUtcNow();
    private volatile bool _stops;

    private MonotonicTime Now => MonotonicTime.Zero + _clock.GetElapsedTime(_origin);

    public async Task<int> RunAsync()
    {
        using var ending = new CancellationTokenSource(length + Patience, _clock);
        var facts = HandleFactsAsync(ending.Token);
        var sending = new Thread(Send) { IsBackground = true };
        sending.Start();
        for (var room = 0; room < rooms; room++)
        {
            var recording = _ids.New<RecordingId>();
            await SendAsync(
                BusEntities.RecorderCommands,
                new StartRecording(
                    new("ten_load"),
                    new($"room_{room}"),
                    recording,
                    $"load/{recording}",
                    new(RecordingMode.Tracks, new(null, null, AudioOnly: false), null, 7200, 1L << 40)
                )
            );
        }

        await Task.Delay(length, _clock, ending.Token);
        List<KeyValuePair<RecordingId, (SyntheticSender Sender, WorkerId Worker)>> fed;
        lock (_lock)
        {
            fed = [.. _senders];
        }

        var packets = fed.Sum(entry => entry.Value.Sender.Packets);
        Console.WriteLine($"{fed.Count} of {rooms} rooms are recorded; {packets} packets sent");
        foreach (var (recording, entry) in fed)
        {
            await SendAsync(
                BusEntities.RecorderOrders,
                new StopRecording(recording, RecordingEnd.Stopped),
                entry.Worker.Value
            );
        }

        while (Finished.Count < fed.Count && !ending.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), _clock, ending.Token);
        }

        _stops = true;
        await ending.CancelAsync();
        await facts.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Report(fed.Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (sender, _) in _senders.Values)
        {
            sender.Dispose();
        }

        await _bus.DisposeAsync();
    }

    private List<RecordingFinished> Finished
    {
        get
        {
            lock (_lock)
            {
                return [.. _finished];
            }
        }
    }

    private int Report(int fed)
    {
        var finished = Finished;
        var faults = finished.Where(recording => recording.Fault is not null).ToList();
        var films = finished.SelectMany(recording => recording.Files).Where(file => file.Track is not null).ToList();
        var bytes = films.Sum(file => file.Bytes);
        var gaps = films.Sum(file => file.Gaps?.Count ?? 0);
        var durations = films.Select(file => (file.DurationMs ?? 0) / 1000.0).DefaultIfEmpty().ToList();
        var busy = _cpu.Count > 6 ? _cpu[(_cpu.Count / 4)..(_cpu.Count * 3 / 4)] : _cpu;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                finished      {finished.Count}, with a fault {faults.Count}
                track files   {films.Count}, {bytes / 1e6:F1} MB, {gaps} gaps
                durations     {durations.Min():F1} to {durations.Max():F1} s
                stored        {bytes * 8 / 1e6 / length.TotalSeconds:F1} Mbit/s while recording
                recorder CPU  {(busy.Count > 0 ? busy.Average() : 0):P1} of all cores, as its heartbeat says
                """
            )
        );
        foreach (var fault in faults.Take(5))
        {
            Console.WriteLine($"  {fault.Recording}: {fault.Reason}, {fault.Fault}");
        }

        return faults.Count == 0 && finished.Count == rooms && fed == rooms ? 0 : 1;
    }

    private async Task HandleFactsAsync(CancellationToken ending)
    {
        await using var receiver = _bus.Receive(BusEntities.WorkerEvents, new ReceiveOptions(100));
        while (!ending.IsCancellationRequested)
        {
            var received = await receiver.ReceiveAsync(ending);
            switch (MessageTypes.Read(received.Message.Type, received.Message.Body.Span))
            {
                case RelayWanted wanted:
                    await FeedAsync(wanted);
                    break;
                case RecordingFinished finished:
                    lock (_lock)
                    {
                        _finished.Add(finished);
                    }

                    break;
                case RecorderAlive alive:
                    _cpu.Add(alive.Load.Cpu);
                    break;
                default:
                    break;
            }

            _ = await receiver.CompleteAsync(received, ending);
        }
    }

    private async Task FeedAsync(RelayWanted wanted)
    {
        RelaySpec spec;
        lock (_lock)
        {
            if (_senders.ContainsKey(wanted.Recording))
            {
                return;
            }

            spec = new(
                _ids.New<RelayId>(),
                Convert.ToBase64String(RandomNumberGenerator.GetBytes(RelayKeys.Length)),
                Convert.ToBase64String(RandomNumberGenerator.GetBytes(RelayKeys.Length))
            );
            _ = RelayKeys.TryParse(spec.SenderKey, spec.ReceiverKey, out var keys);
            _senders[wanted.Recording] = (
                new(keys, 10_000 + (uint)_senders.Count, wanted.Addresses[0], tracks, content, Now, _clock.GetUtcNow()),
                wanted.Worker
            );
        }

        await SendAsync(
            BusEntities.RecorderOrders,
            new FeedRecording(wanted.Recording, wanted.Addresses[0].UdpPort, spec),
            wanted.Worker.Value
        );
    }

    private void Send()
    {
        using var pause = new ManualResetEventSlim();
        while (!_stops)
        {
            _ = pause.Wait(5);
            var now = Now;
            var wall = NtpTime.FromUnixMicroseconds(
                ((_wallOrigin - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond) + now.Microseconds
            );
            List<SyntheticSender> senders;
            lock (_lock)
            {
                senders = [.. _senders.Values.Select(entry => entry.Sender)];
            }

            senders.ForEach(sender => sender.Turn(now, wall));
        }
    }

    private Task SendAsync(string entity, object message, string? session = null) =>
        _bus.SendAsync(
            entity,
            [
                new(
                    _ids.NewText("cmd_"),
                    MessageTypes.NameOf(message),
                    "/load",
                    _clock.GetUtcNow(),
                    MessageTypes.Write(message)
                )
                {
                    SessionId = session,
                },
            ],
            CancellationToken.None
        );
}
