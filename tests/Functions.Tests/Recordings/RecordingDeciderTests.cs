using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Events;
using EventMeet.Functions.Recordings;
using EventMeet.Functions.Rooms;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Recordings;

/// <summary>
/// Whatever comes, however often and in whatever order: a recording is over once, is told of once, and leaves no relay.
/// </summary>
public sealed class RecordingDeciderTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 31, 9, 0, 0, TimeSpan.Zero);
    private static readonly TenantId Tenant = new("ten_1");
    private static readonly RecordingId Id = new("rec_1");
    private static readonly CompositeId Film = new("cmp_1");
    private static readonly Room Live = new(new RoomId("room_1"), Tenant, RoomState.Live, new RoomFields(), Start)
    {
        ParticipantCount = 2,
    };

    private static readonly (string Name, TimeSpan After, Func<Recording, DateTimeOffset, RecordingStep> Do)[] Inputs =
    [
        ("stop", Seconds(1), (recording, now) => RecordingDecider.Stop(recording, RecordingEnd.Stopped, now)),
        ("pause", Seconds(1), (recording, now) => RecordingDecider.Pause(recording, now) ?? new(recording)),
        ("resume", Seconds(1), (recording, now) => RecordingDecider.Resume(recording, now) ?? new(recording)),
        ("delete", Seconds(1), RecordingDecider.Delete),
        ("A wants", Seconds(1), (recording, now) => Want(recording, "A", 1, now, new RoomPlacement(Sfu, 0, 1, Start))),
        ("A wants", Seconds(4), (recording, now) => Want(recording, "A", 1, now, new RoomPlacement(Sfu, 0, 1, Start))),
        ("A wants elsewhere", Seconds(1), (recording, now) => Want(recording, "A", 1, now, Moved)),
        ("A wants, no shard", Seconds(1), (recording, now) => Want(recording, "A", 1, now, null)),
        ("B wants", Seconds(1), (recording, now) => Want(recording, "B", 2, now, Moved)),
        ("A started", Seconds(1), (recording, now) => Begin(recording, "A", 1, now)),
        ("B started", Seconds(1), (recording, now) => Begin(recording, "B", 2, now)),
        ("A goes on", Seconds(31), (recording, now) => GoOn(recording, "A", now)),
        ("B goes on", Seconds(5), (recording, now) => GoOn(recording, "B", now)),
        ("A finished", Seconds(1), (recording, now) => Finish(recording, "A", RecordingEnd.Stopped, 2, now)),
        ("A has nothing", Seconds(1), (recording, now) => Finish(recording, "A", RecordingEnd.RoomEnded, 0, now)),
        ("B failed", Seconds(1), (recording, now) => Finish(recording, "B", RecordingEnd.StorageFailed, 1, now)),
        ("film goes on", Seconds(1), (recording, now) => CompositeDecider.Progressed(recording, Making(now), now)),
        ("film made", Seconds(1), (recording, now) => CompositeDecider.Finished(recording, Made(null, now), now)),
        ("film failed", Seconds(1), (recording, now) => CompositeDecider.Finished(recording, Made("no", now), now)),
        (
            "film canceled",
            Seconds(1),
            (recording, now) => CompositeDecider.Cancel(recording, Film, now) ?? new(recording)
        ),
        ("room empty", Seconds(1), (recording, now) => InRoom(recording, Live with { ParticipantCount = 0 }, now)),
        ("room full", Seconds(1), (recording, now) => InRoom(recording, Live, now)),
        ("room over", Seconds(1), (recording, now) => InRoom(recording, Live with { State = RoomState.Ended }, now)),
        ("look", Seconds(31), Look),
        ("look", Seconds(61), Look),
        ("look", TimeSpan.FromHours(3), Look),
    ];

    private static WorkerId Sfu => new("wkr_sfu");

    private static RoomPlacement Moved => new(new WorkerId("wkr_sfu2"), 1, 2, Start);

    [Fact]
    public void Is_over_once_after_every_sequence_of_four() => Follow(new Course(), 4);

    [Property(MaxTest = 300)]
    public Property Is_over_once_after_long_sequences() =>
        Prop.ForAll(
            Gen.Choose(0, Inputs.Length - 1).ListOf(40).ToArbitrary(),
            sequence =>
            {
                var course = new Course();
                foreach (var input in sequence)
                {
                    course = course.Then(Inputs[input]);
                }

                course.RunOut();
            }
        );

    private static void Follow(Course course, int depth)
    {
        if (depth == 0)
        {
            course.RunOut();
            return;
        }

        foreach (var input in Inputs)
        {
            Follow(course.Then(input), depth - 1);
        }
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static RecordingStep Look(Recording recording, DateTimeOffset now) =>
        RecordingTimes.Look(recording, recordersSpeak: true, [], now);

    private static RecordingStep InRoom(Recording recording, Room room, DateTimeOffset now) =>
        RecordingDecider.RoomChanged(recording, room, now);

    private static RecordingStep Want(
        Recording recording,
        string worker,
        int take,
        DateTimeOffset now,
        RoomPlacement? place
    )
    {
        RelayWanted fact = new(Worker(worker), now, Tenant, Live.Id, Id, take, [new("192.0.2.1", 5000)]);
        RelaySpec relay = new(new RelayId($"rly_{now.Ticks}"), "", "");
        return RecordingDecider.Answer(recording, fact, Live, place, relay, now).Step;
    }

    private static RecordingStep Begin(Recording recording, string worker, int take, DateTimeOffset now) =>
        RecordingDecider.Started(recording, new RecordingStarted(Worker(worker), now, Tenant, Live.Id, Id, take), now);

    private static RecordingStep GoOn(Recording recording, string worker, DateTimeOffset now) =>
        RecordingDecider.Progressed(
            recording,
            new RecordingProgressed(Worker(worker), now, Tenant, Live.Id, Id, 5000, 1, 10, 0),
            now
        );

    private static RecordingStep Finish(
        Recording recording,
        string worker,
        RecordingEnd reason,
        int tracks,
        DateTimeOffset now
    )
    {
        var files = Enumerable.Range(0, tracks).Select(one => FileOf(RecordedFileKind.Track, $"{one}.webm"));
        RecordingFinished fact = new(
            Worker(worker),
            now,
            Tenant,
            Live.Id,
            Id,
            reason,
            tracks == 0 ? null : Start,
            now,
            [.. files],
            null
        );
        return RecordingDecider.Finished(recording, fact, Film, now);
    }

    private static CompositeProgressed Making(DateTimeOffset now) =>
        new(Worker("A"), now, Tenant, Live.Id, Id, Film, 10);

    private static CompositeFinished Made(string? fault, DateTimeOffset now) =>
        new(Worker("B"), now, Tenant, Live.Id, Id, Film, [FileOf(RecordedFileKind.Composite, "film.mp4")], fault);

    private static RecordedFile FileOf(RecordedFileKind kind, string name) => new(kind, name, "video/webm", 10, "");

    private static WorkerId Worker(string name) => new("wkr_" + name);

    /// <summary>A recording on its way, and what was told of it.</summary>
    private sealed class Course
    {
        private readonly Recording _recording;
        private readonly DateTimeOffset _now;
        private readonly string _way;
        private readonly int _ends;
        private readonly int _starts;
        private readonly int _films;
        private readonly RelayId? _open;

        public Course()
        {
            var step = RecordingDecider.Start(Id, Live, new RecordingChoice(), automatic: false, Start);
            (_recording, _now, _way) = (step.After, Start, "");
        }

        private Course(Course before, string name, DateTimeOffset now, RecordingStep step)
        {
            (_recording, _now, _way) = (step.After, now, $"{before._way}, {name}");
            var told = RecordingHappenings.Of(before._recording, step.After, []).Select(one => one.Type).ToList();
            _ends = before._ends + told.Count(IsEnd);
            _starts = before._starts + told.Count(type => type == EventTypes.RecordingStarted);
            _films = before._films + told.Count(type => type.StartsWith("composite.", StringComparison.Ordinal));
            _open = Relays(before._open, step.Orders);
            Check(before._recording);
        }

        public Course Then((string Name, TimeSpan After, Func<Recording, DateTimeOffset, RecordingStep> Do) input)
        {
            var now = _now + input.After;
            return new Course(this, input.Name, now, input.Do(_recording, now));
        }

        /// <summary>Nothing comes any more but the time: it ends all the same.</summary>
        public void RunOut()
        {
            var course = this;
            for (var looks = 0; looks < 200 && !course._recording.IsOver; looks++)
            {
                var next = RecordingTimes.NextLook(course._recording, course._now);
                Assert.True(next > course._now, $"Nobody looks again after{course._way}");
                course = course.Then(("look at last", next!.Value - course._now, Look));
            }

            Assert.True(course._recording.IsOver, $"Never over after{course._way}");
        }

        private void Check(Recording before)
        {
            Assert.True(_ends == (_recording.IsOver ? 1 : 0), $"{_ends} ends told after{_way}");
            Assert.True(_starts == (_recording.StartedAt is null ? 0 : 1), $"{_starts} starts told after{_way}");
            Assert.True(_films == _recording.Composites.Count(one => one.IsOver), $"{_films} films told after{_way}");
            Assert.True(_open == _recording.Relay?.Id, $"A relay is left open after{_way}");
            var mayChange = !before.IsOver || _recording.State is RecordingState.Deleted;
            Assert.True(before.State == _recording.State || mayChange, $"Not over for good after{_way}");
            Assert.True(!_recording.IsOver || _recording.Relay is null, $"Over with a relay after{_way}");
        }

        private static RelayId? Relays(RelayId? open, IEnumerable<RecordingOrder> orders)
        {
            foreach (var order in orders.OfType<ToShard>())
            {
                if (order.Order is OpenRelay opened)
                {
                    Assert.Null(open);
                    open = opened.Relay.Id;
                }
                else if (order.Order is CloseRelay closed)
                {
                    Assert.Equal(open, closed.Relay);
                    open = null;
                }
            }

            return open;
        }

        private static bool IsEnd(string type) => type is EventTypes.RecordingCompleted or EventTypes.RecordingFailed;
    }
}
