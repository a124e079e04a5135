using EventMeet.Recorder.Net;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Recordings;

/// <summary>Stores a recording's timeline while it goes on, so that another recorder can go on with it.</summary>
/// <param name="port">Where the session is.</param>
/// <param name="store">Where to.</param>
/// <param name="folder">The recording's.</param>
/// <param name="clock">The clock.</param>
internal sealed class TimelineKeeper(IRecordingPort port, IRecordingStore store, string folder, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A day's timeline has megabytes: it is stored less often, so that a recording never costs more than this.
    private const double BytesPerSecond = 64 << 10;

    private long _stored = -1;

    /// <summary>Stores it every two seconds if something has changed, until told to end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            var wait = Interval;
            while (true)
            {
                await Task.Delay(wait, clock, stopping);
                var length = await StoreAsync(stopping);
                wait = TimeSpan.FromSeconds(Math.Max(Interval.TotalSeconds, length / BytesPerSecond));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What comes last is stored by who stopped this.
        }
    }

    /// <summary>Stores it now, if it has changed.</summary>
    /// <returns>Its length in bytes; 0 when nothing had to be stored.</returns>
    private async Task<int> StoreAsync(CancellationToken stopping)
    {
        var (revision, timeline) = await port.AskAsync(
            (session, now) =>
                session.Revision == _stored
                    ? (_stored, null)
                    : (session.Revision, session.Timeline(now, out var at)?.Snapshot(at))
        );
        if (timeline is null)
        {
            return 0;
        }

        var json = TimelineFormat.Write(timeline);
        try
        {
            await store.PutAsync($"{folder}/{TimelineFormat.FileName}", json, TimelineFormat.ContentType, stopping);
            _stored = revision;
        }
        catch (Exception failure) when (StorageRetries.IsTransient(failure))
        {
            // The files' own faults end the recording, not this one.
        }

        return json.Length;
    }
}
