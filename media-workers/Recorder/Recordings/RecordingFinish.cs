using System.Security.Cryptography;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder.Storage;
using EventMeet.Recorder.Timeline;

namespace EventMeet.Recorder.Recordings;

/// <summary>
/// From a session that takes nothing any more to the last word about it: 1 store what is left, 2 say in the timeline that
/// it is over, 3 verify every file, 4 write the final timeline, 5 report.
/// </summary>
/// <param name="command">The recording.</param>
/// <param name="tools">What it takes.</param>
/// <param name="session">The session, which belongs to nobody else any more.</param>
/// <param name="endedAt">When it ended; null while another recorder goes on with it.</param>
/// <param name="giveUp">Stops; another recorder does it again.</param>
internal sealed class RecordingFinish(
    StartRecording command,
    RecordingTools tools,
    RecordingSession session,
    DateTimeOffset? endedAt,
    CancellationToken giveUp
)
{
    private const string NotStored = "Storage did not take everything; what was stored is there.";

    private readonly string _timelineName = $"{command.Folder}/{TimelineFormat.FileName}";

    /// <summary>Does everything.</summary>
    /// <param name="reason">Why the recording ended.</param>
    public async Task RunAsync(RecordingEnd reason)
    {
        // 1.
        var written = await CloseFilesAsync();
        if (written.Values.FirstOrDefault(file => file.Fault is not null) is { } incomplete)
        {
            tools.Logger.FileIncomplete(incomplete.Name, incomplete.Fault!.Value);
            reason = RecordingEnd.StorageFailed;
        }

        if (session.Timeline(default, out _) is not { } timeline)
        {
            await ReportAsync(reason, startedAt: null, []);
            return;
        }

        // 2. A recorder that takes over from here on finishes, too, and records no more.
        var end = endedAt!.Value;
        foreach (var file in session.Files)
        {
            timeline.HandleFileStored(file.Track, file.Name, written[file.Name].Bytes, written[file.Name].Sha256);
        }

        var (_, mayStore) = await TryPutAsync(timeline.Complete(end, reason));

        // 3. Storage that took nothing for so long gives nothing either.
        var verified = mayStore
            ? await VerifyAsync(timeline.Complete(end, reason), written)
            : TellUnverified(timeline.Complete(end, reason));
        foreach (var (track, name, found) in verified)
        {
            timeline.HandleFileStored(track.Id, name, found.Bytes, found.Sha256);
            if (found.Duration is { } length)
            {
                timeline.HandleFileLength(track.Id, name, length);
            }

            if (found.Fault is { } fault)
            {
                tools.Logger.FileUnsound(name, fault);
                reason = reason is RecordingEnd.StorageFailed ? reason : RecordingEnd.VerificationFailed;
            }
        }

        if (!mayStore)
        {
            reason = RecordingEnd.StorageFailed;
        }

        // 4.
        var final = TakeoverLosses.Tell(timeline.Complete(end, reason));
        var files = FileManifest.List(
            command.Folder,
            final,
            verified.ToDictionary(entry => entry.Name, entry => entry.Found, StringComparer.Ordinal)
        );
        if (files.Count == 0 && mayStore)
        {
            await RemoveTimelineAsync();
        }
        else if (mayStore && await TryPutAsync(final) is ({ } json, true))
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(json));
            files.Add(new(RecordedFileKind.Timeline, _timelineName, TimelineFormat.ContentType, json.Length, hash));
        }
        else
        {
            reason = RecordingEnd.StorageFailed;
        }

        // 5.
        await ReportAsync(reason, final.StartedAt, files);
    }

    /// <summary>Stores what is left, for another recorder to go on.</summary>
    public async Task FlushAsync()
    {
        _ = await CloseFilesAsync();
        if (session.Timeline(default, out var at) is { } timeline)
        {
            _ = await TryPutAsync(timeline.Snapshot(at));
        }
    }

    /// <summary>Stores what is left of the files that this recorder wrote.</summary>
    /// <returns>What is stored, by name within the folder.</returns>
    public async Task<Dictionary<string, StoredFile>> CloseFilesAsync()
    {
        var stored = new Dictionary<string, StoredFile>(StringComparer.Ordinal);
        foreach (var file in session.Files)
        {
            stored[file.Name] = await file.CompleteAsync().WaitAsync(giveUp);
        }

        return stored;
    }

    private async Task<List<(TimelineTrack Track, string Name, VerifiedFile Found)>> VerifyAsync(
        RecordingTimeline timeline,
        Dictionary<string, StoredFile> written
    )
    {
        var verified = new List<(TimelineTrack, string, VerifiedFile)>();
        foreach (var track in timeline.Tracks)
        {
            foreach (var file in track.Files)
            {
                var ours = written.GetValueOrDefault(file.Name);
                var name = $"{command.Folder}/{file.Name}";
                try
                {
                    if (await tools.Verification.VerifyAsync(name, track, file, ours, giveUp) is { } found)
                    {
                        verified.Add((track, file.Name, found));
                    }
                }
                catch (Exception failure) when (StorageRetries.IsTransient(failure))
                {
                    // It cannot be read; what is known of it is told.
                    var known = (Bytes: ours?.Bytes ?? file.Bytes, Sha256: ours?.Sha256 ?? file.Sha256 ?? "");
                    verified.Add(
                        (track, file.Name, new(known.Bytes, known.Sha256, null, null, null, null, failure.Message))
                    );
                }
            }
        }

        return verified;
    }

    private static List<(TimelineTrack Track, string Name, VerifiedFile Found)> TellUnverified(
        RecordingTimeline timeline
    ) =>
        [
            .. timeline.Tracks.SelectMany(track =>
                track
                    .Files.Where(file => file.Bytes > 0)
                    .Select(file =>
                        (
                            track,
                            file.Name,
                            new VerifiedFile(file.Bytes, file.Sha256 ?? "", null, null, null, null, null)
                        )
                    )
            ),
        ];

    private async Task<(byte[]? Json, bool Stored)> TryPutAsync(RecordingTimeline timeline)
    {
        var json = TimelineFormat.Write(timeline);
        try
        {
            await tools.Store.PutAsync(_timelineName, json, TimelineFormat.ContentType, giveUp);
            return (json, true);
        }
        catch (Exception failure) when (StorageRetries.IsTransient(failure))
        {
            tools.Logger.TimelineNotStored(command.Recording, failure.Message);
            return (null, false);
        }
    }

    private async Task RemoveTimelineAsync()
    {
        try
        {
            await tools.Store.DeleteAsync(_timelineName, giveUp);
        }
        catch (Exception failure) when (StorageRetries.IsTransient(failure))
        {
            tools.Logger.TimelineNotStored(command.Recording, failure.Message);
        }
    }

    private async Task ReportAsync(RecordingEnd reason, DateTimeOffset? startedAt, List<RecordedFile> files)
    {
        var now = tools.Clock.GetUtcNow();
        var fault = reason switch
        {
            RecordingEnd.StorageFailed => NotStored,
            RecordingEnd.RelayFailed => startedAt is null
                ? "No media reached the recorder."
                : "Media stopped reaching the recorder; what was recorded before is there.",
            RecordingEnd.VerificationFailed => "A file that was stored cannot be played as it should.",
            RecordingEnd.NoRecorder or RecordingEnd.RecorderLost => "The recorder was lost.",
            _ => null,
        };
        await tools.FinalReports.SendAsync(
            new RecordingFinished(
                tools.Worker,
                now,
                command.Tenant,
                command.Room,
                command.Recording,
                reason,
                startedAt,
                endedAt ?? now,
                files,
                fault
            ),
            giveUp
        );
        tools.Logger.Finished(command.Recording, reason, files.Count);
    }
}
