using System.Globalization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Dtls;
using EventMeet.Testing.Network;

namespace EventMeet.RecordingHosts;

/// <summary>One room with two guests, recorded once.</summary>
internal sealed class Trial : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeProvider Clock = TimeProvider.System;
    private static int _count;

    private readonly HostsOptions _options;
    private readonly ControlPlane _control;
    private readonly RoomId _room;
    private readonly List<RecorderProcess> _recorders = [];

    private Trial(HostsOptions options, ControlPlane control, RoomId room, IReadOnlyList<Guest> guests)
    {
        (_options, _control, _room) = (options, control, room);
        var sfu = control.Sfu!;
        var digits = sfu.Fingerprint.Replace(":", "", StringComparison.Ordinal).Chunk(2);
        var fingerprint = DtlsFingerprint.TryParse(
            "sha-256",
            string.Join(':', digits.Select(pair => new string(pair))),
            out var parsed
        )
            ? parsed
            : throw new FormatException("The SFU worker's fingerprint is none.");
        Meeting = new(guests, sfu.Shards[0].Addresses[0], fingerprint);
    }

    public Meeting Meeting { get; }

    public RecordingId Recording { get; private set; }

    public static DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Lets two guests meet.</summary>
    public static async Task<Trial> BeginAsync(HostsOptions options, ControlPlane control)
    {
        await UntilAsync("an SFU worker", () => control.Sfu is not null, TimeSpan.FromSeconds(30));
        var first = Interlocked.Add(ref _count, 2);
        Guest[] guests = [GuestOf(first - 1), GuestOf(first)];
        var room = new RoomId($"room_{first.ToString(CultureInfo.InvariantCulture)}");
        var trial = new Trial(options, control, room, guests);
        foreach (var guest in guests)
        {
            await control.AdmitAsync(room, Specs.Of(guest, trial.Meeting.Fingerprint));
        }

        await UntilAsync("the guests' transports", () => trial.Meeting.IsConnected, TimeSpan.FromSeconds(20));
        return trial;
    }

    /// <summary>Starts a recorder and waits for its first word.</summary>
    public async Task<RecorderProcess> StartRecorderAsync(string? addresses = null, bool wait = true)
    {
        var known = _control.Recorders.Count;
        var recorder = new RecorderProcess(_options, addresses ?? _options.Address);
        _recorders.Add(recorder);
        if (wait)
        {
            await UntilAsync("a recorder", () => _control.Recorders.Count > known, TimeSpan.FromSeconds(30));
        }

        return recorder;
    }

    /// <summary>Orders a recording and waits until it runs.</summary>
    public async Task RecordAsync()
    {
        Recording = await _control.StartAsync(_room);
        await UntilAsync("the recording", () => Started.Count > 0, TimeSpan.FromSeconds(20));
    }

    public IReadOnlyList<RecordingStarted> Started => Said<RecordingStarted>();

    public IReadOnlyList<RecordingFinished> Finished => Said<RecordingFinished>();

    public int Relays => _control.RelaysOf(Recording);

    public static Task WaitAsync(int seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), Clock);

    /// <summary>Stops the recording, waits for the last word and a while longer for one too many, and fetches what is stored.</summary>
    public async Task<StoredRecording> StopAsync()
    {
        await _control.StopAsync(Recording);
        await UntilAsync("the end", () => Finished.Count > 0, TimeSpan.FromSeconds(60));
        await WaitAsync(3);
        return await StoredRecording.FetchAsync(_options, Finished[0]);
    }

    /// <summary>Waits for something.</summary>
    /// <exception cref="TimeoutException">It does not come.</exception>
    public static async Task UntilAsync(string what, Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            if (Now > end)
            {
                throw new TimeoutException($"{what} did not come within {limit.TotalSeconds:0} s");
            }

            await Task.Delay(Step, Clock);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _control.CloseRoomAsync(_room);
        Meeting.Dispose();
        _recorders.ForEach(recorder => recorder.Dispose());
    }

    private List<T> Said<T>()
        where T : RecordingEvent =>
        [.. _control.Said.Select(said => said.Said).OfType<T>().Where(said => said.Recording == Recording)];

    private static Guest GuestOf(int number) =>
        new()
        {
            Number = (ushort)number,
            AudioSlots = 1,
            VideoSlots = 1,
        };
}
