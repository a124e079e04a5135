using EventMeet.Broker.Queues;
using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Durability;

/// <summary>Brings the queues back to where the log ends: newest snapshot, then every segment since, whole records only.</summary>
internal static class LogRecovery
{
    internal static RecoveredLog Recover(LogDirectory directory, Func<string, MessageQueue?> find, ILogger logger)
    {
        var snapshots = directory.Snapshots();
        var from = snapshots.Count == 0 ? 0 : snapshots[^1];
        var records = 0L;
        if (snapshots.Count > 0)
        {
            var bytes = File.ReadAllBytes(directory.SnapshotPath(from));
            var snapshot = Replay(bytes, from, find);
            records += snapshot.Records;
            if (!snapshot.HasEnd)
            {
                logger.SnapshotDamaged(directory.SnapshotPath(from));
            }
        }

        var segments = directory.Segments().Where(number => number >= from).ToList();
        var lost = 0L;
        for (var i = 0; i < segments.Count; i++)
        {
            var path = directory.SegmentPath(segments[i]);
            var bytes = File.ReadAllBytes(path);
            var (length, count, _) = Replay(bytes, segments[i], find);
            records += count;
            if (length == bytes.Length)
            {
                continue;
            }

            // The log ends here. What lies behind can only have been written in ignorance of what is missing.
            lost += bytes.Length - length;
            Truncate(path, length);
            foreach (var orphan in segments.Skip(i + 1))
            {
                logger.SegmentOrphaned(directory.SegmentPath(orphan));
                File.Move(directory.SegmentPath(orphan), directory.SegmentPath(orphan) + ".orphan", overwrite: true);
            }

            break;
        }

        var last = Math.Max(from, segments.Count == 0 ? 0 : segments[^1]);
        return new RecoveredLog(last + 1, records, lost);
    }

    /// <summary>Repeats the whole records of a segment, and says how far they reach.</summary>
    internal static (int Length, long Records, bool HasEnd) Replay(
        ReadOnlySpan<byte> segment,
        long number,
        Func<string, MessageQueue?> find
    )
    {
        if (!SegmentFormat.HasHeader(segment, number))
        {
            return (0, 0, false);
        }

        var position = SegmentFormat.HeaderLength;
        var good = position;
        var records = 0L;
        var hasEnd = false;
        while (
            SegmentFormat.TryReadRecord(segment, ref position, out var payload)
            && JournalDecoder.TryApply(payload, find, out var isEnd)
        )
        {
            good = position;
            records++;
            hasEnd |= isEnd;
        }

        return (good, records, hasEnd);
    }

    private static void Truncate(string path, int length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.SetLength(length);
        file.Flush(flushToDisk: true);
    }
}
