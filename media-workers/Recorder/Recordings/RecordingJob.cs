using System.Net.Sockets;
using System.Threading.Channels;
using EventMeet.Contracts.Messages;
using EventMeet.Media.Relays;
using EventMeet.Recorder.Depacketization;
using EventMeet.Recorder.Net;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;
using EventMeet.Recorder.Work;
using Microsoft.Extensions.Logging;

namespace EventMeet.Recorder.Recordings;

/// <summary>
/// One recording from the message that asked for it to the last word about it: finds a relay, watches over limits and the
/// lease, and ends in one of four ways: finished and reported; yielded to another recorder; handed over because this one stops; or
/// abandoned after a failure of its own, so that another tries.
/// </summary>
internal sealed class RecordingJob
{
    private const int MaxInputs = 64;
    private static readonly TimeSpan RequestInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    // Long enough for any broker to deliver the message anew, and for the functions to say who has the recording.
    private static readonly TimeSpan LeasePatience = TimeSpan.FromMinutes(5);

    private readonly StartRecording _command;
    private readonly RecordingTools _tools;
    private readonly CancellationToken _giveUp;
    private readonly Lock _lock = new();
    private readonly List<Lease> _leases = [];
    private readonly Channel<JobInput> _inputs = Channel.CreateBounded<JobInput>(
        new BoundedChannelOptions(MaxInputs) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite }
    );

    private volatile RecordingSession? _session;
    private IRecordingPort? _port;
    private int _take;
    private bool _isOver;

    /// <summary>Starts.</summary>
    /// <param name="command">What to record.</param>
    /// <param name="lease">The right to.</param>
    /// <param name="tools">What it takes.</param>
    /// <param name="after">An earlier job of the same recording, which must be over first.</param>
    /// <param name="giveUp">Stops whatever goes on, finished or not; see <see cref="HandOver"/> for the usual way.</param>
    public RecordingJob(StartRecording command, Lease lease, RecordingTools tools, Task after, CancellationToken giveUp)
    {
        (_command, _tools, _giveUp) = (command, tools, giveUp);
        _leases.Add(lease);
        _take = lease.Message.DeliveryCount + 1;
        Ended = RunAsync(after);
    }

    /// <summary>Gets the task that ends with the job; it never fails.</summary>
    public Task Ended { get; }

    /// <summary>Gets a value indicating whether the lock was lost: the message will come again, here or elsewhere.</summary>
    public bool IsOrphan => !Lease.IsHeld && !Ended.IsCompleted;

    /// <summary>Gets how many tracks it has.</summary>
    public int Tracks { get; private set; }

    private Lease Lease
    {
        get
        {
            lock (_lock)
            {
                return _leases[^1];
            }
        }
    }

    /// <summary>Goes on under another lock: the message has come again.</summary>
    /// <returns>False when the job is over or lets go.</returns>
    public bool TryAdopt(Lease lease)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _take = Math.Max(_take, lease.Message.DeliveryCount + 1);
            _leases.Add(lease);
        }

        _ = _inputs.Writer.TryWrite(new JobInput.StateChanged());
        return true;
    }

    /// <summary>Takes an order.</summary>
    public void Handle(RecorderOrder order) => _ = _inputs.Writer.TryWrite(new JobInput.Ordered(order));

    /// <summary>The recorder stops: files are closed, and somebody else goes on at once.</summary>
    public void HandOver() => _ = _inputs.Writer.TryWrite(new JobInput.HandOver());

    private async Task RunAsync(Task after)
    {
        await Task.Yield();
        try
        {
            await after.WaitAsync(_giveUp);
            await RunAsync();
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            _tools.Logger.GivenUp(_command.Recording);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Whatever it was: another recorder, or this one after a while, goes on from what is stored.
            _tools.Logger.JobFailed(_command.Recording, failure);
        }
        finally
        {
            await LetGoAsync();
        }
    }

    private async Task RunAsync()
    {
        // At every take: a broker that was killed has forgotten that there was one before, whose files must not be touched.
        var former = await ReadFormerAsync();
        lock (_lock)
        {
            _take = Math.Max(_take, (former?.Take ?? 0) + 1);
        }

        var session = new RecordingSession(
            new(_command, _take, former, _tools.WallOrigin),
            (name, contentType) => _tools.Store.Open(name, contentType)
        );
        _session = session;
        if (former is { EndedAt: { } endedAt })
        {
            // The recorder before this one was lost between its last packet and its last word.
            await new RecordingFinish(_command, _tools, session, endedAt, _giveUp).RunAsync(
                former.EndReason ?? RecordingEnd.Stopped
            );
            _ = await Lease.CompleteAsync(_giveUp);
            return;
        }

        _port = _tools.Ports.Open(session, () => _ = _inputs.Writer.TryWrite(new JobInput.StateChanged()));
        _tools.Logger.Taken(_command.Recording, _command.Room, _take);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_giveUp);
        var keeping = new TimelineKeeper(_port, _tools.Store, _command.Folder, _tools.Clock).RunAsync(ending.Token);
        var end = await RecordAsync(session);
        await ending.CancelAsync();
        await keeping;
        await _port.CloseAsync();
        switch (end)
        {
            case JobEnd.Finished finished:
                await FinishAsync(session, finished);
                break;
            case JobEnd.HandedOver:
                await new RecordingFinish(_command, _tools, session, endedAt: null, _giveUp).FlushAsync();
                break;
            default:
                await YieldAsync(session);
                break;
        }
    }

    /// <summary>Until something ends it.</summary>
    private async Task<JobEnd> RecordAsync(RecordingSession session)
    {
        var clock = _tools.Clock;
        var (wasStarted, wasConnected) = (false, false);
        var nextRequest = clock.GetUtcNow();
        var nextProgress = DateTimeOffset.MaxValue;
        var relayDeadline = nextRequest + _tools.Options.RelayPatience;
        JobEnd.Finished? stopped = null;
        while (true)
        {
            var (state, now) = (session.State, clock.GetUtcNow());
            if (state.End is { } end)
            {
                return stopped ?? new JobEnd.Finished(end, now);
            }

            if (stopped is not null && (!state.IsWaiting || now >= stopped.At + TrackReceiver.Depth))
            {
                return stopped;
            }

            if (state.IsConnected && !wasStarted)
            {
                wasStarted = true;
                _tools.Report(who => new RecordingStarted(
                    who,
                    state.StartedAt!.Value,
                    _command.Tenant,
                    _command.Room,
                    _command.Recording,
                    _take
                ));
                nextProgress = now + ProgressInterval;
            }

            if (wasConnected && !state.IsConnected)
            {
                _tools.Logger.CutOff(_command.Recording);
                (nextRequest, relayDeadline) = (now, now + _tools.Options.RelayPatience);
            }

            wasConnected = state.IsConnected;
            if (!state.IsConnected && now >= relayDeadline)
            {
                return new JobEnd.Finished(RecordingEnd.RelayFailed, now);
            }

            if (!state.IsConnected && now >= nextRequest)
            {
                nextRequest = now + RequestInterval;
                RequestRelay(now, state);
            }

            if (now >= nextProgress)
            {
                nextProgress = now + ProgressInterval;
                await ReportProgressAsync(now);
            }

            var due =
                stopped is not null ? stopped.At + TrackReceiver.Depth
                : state.IsConnected ? nextProgress
                : Earliest(nextRequest, relayDeadline, nextProgress);
            switch (await NextInputAsync(due))
            {
                case JobInput.HandOver:
                    return new JobEnd.HandedOver();
                case JobInput.Ordered { Order: StopRecording stop }:
                    // What is missing has been asked for and may come yet.
                    stopped ??= new(stop.Reason, clock.GetUtcNow());
                    _ = await _port!.AskAsync(
                        (stopping, at) =>
                        {
                            stopping.Stop(at);
                            return true;
                        }
                    );
                    break;
                case JobInput.Ordered { Order: YieldRecording }:
                    return new JobEnd.Yielded();
                case JobInput.Ordered { Order: FeedRecording feed }:
                    await FeedAsync(feed);
                    break;
                default:
                    break;
            }
        }
    }

    private static DateTimeOffset Earliest(DateTimeOffset one, DateTimeOffset two, DateTimeOffset three)
    {
        var earlier = one < two ? one : two;
        return earlier < three ? earlier : three;
    }

    /// <summary>Waits for an input, or until it is time.</summary>
    /// <returns>Null when it is time.</returns>
    private async Task<JobInput?> NextInputAsync(DateTimeOffset due)
    {
        var wait = due - _tools.Clock.GetUtcNow();
        if (_inputs.Reader.TryRead(out var waiting) || wait <= TimeSpan.Zero)
        {
            return waiting;
        }

        using var time = new CancellationTokenSource(wait < LongestWait ? wait : LongestWait, _tools.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, _giveUp);
        try
        {
            return await _inputs.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!_giveUp.IsCancellationRequested)
        {
            return null;
        }
    }

    private void RequestRelay(DateTimeOffset now, SessionState state) =>
        _tools.Report(who => new RelayWanted(
            who,
            now,
            _command.Tenant,
            _command.Room,
            _command.Recording,
            _take,
            _port!.Addresses
        )
        {
            Lost = state.LostRelay,
        });

    private async Task FeedAsync(FeedRecording feed)
    {
        if (feed.Port != _port!.Addresses[0].UdpPort)
        {
            return;
        }

        if (!RelayKeys.TryParse(feed.Relay.SenderKey, feed.Relay.ReceiverKey, out var keys))
        {
            _tools.Logger.KeysUnusable(_command.Recording);
            return;
        }

        await _port.FeedAsync(new(feed.Relay.Id.Value, keys));
    }

    private async Task ReportProgressAsync(DateTimeOffset now)
    {
        var progress = await _port!.AskAsync((session, at) => session.Describe(at));
        Tracks = progress.Tracks;
        _tools.Report(who => new RecordingProgressed(
            who,
            now,
            _command.Tenant,
            _command.Room,
            _command.Recording,
            (long)progress.Duration.TotalMilliseconds,
            progress.Tracks,
            progress.StoredBytes,
            progress.UnsentBytes
        ));
    }

    private async Task FinishAsync(RecordingSession session, JobEnd.Finished end)
    {
        _tools.Logger.Ends(_command.Recording, end.Reason);
        if (!await HoldsLeaseAsync(end.At + LeasePatience))
        {
            await YieldAsync(session);
            return;
        }

        await new RecordingFinish(_command, _tools, session, end.At, _giveUp).RunAsync(end.Reason);
        foreach (var lease in Leases())
        {
            _ = await lease.CompleteAsync(_giveUp);
        }
    }

    /// <summary>Whoever reports the end must have the message, else somebody else is about to do the same.</summary>
    private async Task<bool> HoldsLeaseAsync(DateTimeOffset until)
    {
        while (!Lease.IsHeld)
        {
            var input = await NextInputAsync(until);
            if (
                input is JobInput.HandOver or JobInput.Ordered { Order: YieldRecording }
                || _tools.Clock.GetUtcNow() >= until
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Another recorder has it, or it is over: what was recorded here stays, and nothing is said.</summary>
    private async Task YieldAsync(RecordingSession session)
    {
        _tools.Logger.Yielded(_command.Recording);
        lock (_lock)
        {
            // Should the message come again it is for a new job: the one who had the recording is lost then.
            _isOver = true;
        }

        await new RecordingFinish(_command, _tools, session, endedAt: null, _giveUp).CloseFilesAsync();
        foreach (var lease in Leases())
        {
            // One that is still held is of a recording that is over: nobody else shall start it again.
            _ = await lease.CompleteAsync(_giveUp);
        }
    }

    private async Task<RecordingTimeline?> ReadFormerAsync()
    {
        var json = await _tools.Store.ReadAsync($"{_command.Folder}/{TimelineFormat.FileName}", _giveUp);
        return json is null ? null : TimelineFormat.Read(json);
    }

    private List<Lease> Leases()
    {
        lock (_lock)
        {
            return [.. _leases];
        }
    }

    private async Task LetGoAsync()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        try
        {
            if (_port is not null)
            {
                await _port.CloseAsync();
            }

            foreach (var file in _session?.Files ?? [])
            {
                await file.Sink.DisposeAsync();
            }

            using var patience = new CancellationTokenSource(RequestInterval, _tools.Clock);
            foreach (var lease in Leases())
            {
                // Nothing, if it was completed.
                _ = lease.IsHeld && await lease.AbandonAsync(patience.Token);
                await lease.DisposeAsync();
            }
        }
        catch (Exception failure)
            when (failure is OperationCanceledException or SocketException or IOException or ChannelClosedException)
        {
            _tools.Logger.JobFailed(_command.Recording, failure);
        }
    }

    private abstract record JobInput
    {
        internal sealed record StateChanged : JobInput;

        internal sealed record HandOver : JobInput;

        internal sealed record Ordered(RecorderOrder Order) : JobInput;
    }

    private abstract record JobEnd
    {
        internal sealed record Finished(RecordingEnd Reason, DateTimeOffset At) : JobEnd;

        internal sealed record HandedOver : JobEnd;

        internal sealed record Yielded : JobEnd;
    }
}
