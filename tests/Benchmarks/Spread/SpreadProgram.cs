using System.Globalization;
using EventMeet.Benchmarks.FanOut;
using EventMeet.Media.Values;
using EventMeet.Sfu.Links;
using EventMeet.Sockets.Interop;

namespace EventMeet.Benchmarks.Spread;

/// <summary>
/// One room with one publisher and many viewers on one engine, and the same room over two engines, each on a thread of its own with the ring that
/// shards have between them: what a packet costs, and how many more are forwarded in the same time. Engines alone, without sending.
/// </summary>
internal static class SpreadProgram
{
    private const int Packets = 6_000;
    private const int PacketsPerPicture = 8;
    private const int Rounds = 3;

    public static int Run()
    {
        var rows = new List<string>();
        foreach (var viewers in (int[])[0, 10, 50, 100])
        {
            var (one, two) = (Figures.Worst, Figures.Worst);
            for (var round = 0; round < Rounds; round++)
            {
                one = Figures.Better(one, MeasureOne(viewers));
                two = Figures.Better(two, MeasureTwo(viewers));
            }

            rows.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {viewers} | {one.Home:0} | {two.Home:0} | {two.Branch:0} | {Ratio(one, two)} |"
                )
            );
        }

        Console.WriteLine(
            $"""
            | viewers | one engine | two: home | two: branch | gain |
            |---|---|---|---|---|
            {string.Join('\n', rows)}

            CPU in ns per packet of the publisher, half of the viewers on each of two engines; gain: how much less the busier of the two has to do.
            """
        );
        return 0;
    }

    private static string Ratio(Figures one, Figures two) =>
        (one.Home / Math.Max(two.Home, two.Branch)).ToString("0.00", CultureInfo.InvariantCulture);

    private static Figures MeasureOne(int viewers)
    {
        using var meeting = new FanOutMeeting(viewers, PacketsPerPicture, Packets);
        var (count, used) = (0, TimeSpan.Zero);
        while (meeting.Left > 0)
        {
            var before = ThreadClock.Used;
            count += meeting.HandlePicture();
            while (meeting.Engine.TryTakeTransmit(out _)) { }

            used += ThreadClock.Used - before;
        }

        return new(used.TotalNanoseconds / count, 0);
    }

    private static Figures MeasureTwo(int viewers)
    {
        using var meeting = new FanOutMeeting(viewers, PacketsPerPicture, Packets, shards: 2);
        var (home, branch) = (new ShardLinks(static () => { }), new ShardLinks(static () => { }));
        var ring = home.AddWayTo(0, branch);
        meeting.Meeting.Links[(0, 1)].Bypass = ring;
        var linkedBefore = meeting.Meeting.Engines[1].PacketsLinked;
        var (count, atHome, onBranch, isOver) = (0, TimeSpan.Zero, TimeSpan.Zero, false);
        var reader = new Thread(() =>
        {
            var engine = meeting.Meeting.Engines[1];
            while (!Volatile.Read(ref isOver) || !ring.IsEmpty)
            {
                if (ring.IsEmpty)
                {
                    _ = Thread.Yield();
                    continue;
                }

                var before = ThreadClock.Used;
                _ = branch.TryRead(engine, most: 32, MonotonicTime.Zero + TimeSpan.FromHours(1));
                while (engine.TryTakeTransmit(out _)) { }

                onBranch += ThreadClock.Used - before;
            }
        });
        reader.Start();
        while (meeting.Left > 0)
        {
            while (ring.Waiting > ShardRing.Capacity / 2)
            {
                _ = Thread.Yield();
            }

            var before = ThreadClock.Used;
            count += meeting.HandlePicture();
            while (meeting.Engine.TryTakeTransmit(out _)) { }

            home.Ring();
            atHome += ThreadClock.Used - before;
        }

        Volatile.Write(ref isOver, true);
        reader.Join();
        return meeting.Meeting.Engines[1].PacketsLinked - linkedBefore == count || viewers == 0
            ? new(atHome.TotalNanoseconds / count, onBranch.TotalNanoseconds / count)
            : throw new InvalidOperationException("Packets were lost on the way from engine to engine.");
    }

    /// <summary>CPU in ns per packet of the publisher.</summary>
    private readonly record struct Figures(double Home, double Branch)
    {
        public static readonly Figures Worst = new(double.MaxValue, double.MaxValue);

        public static Figures Better(Figures one, Figures other) =>
            new(Math.Min(one.Home, other.Home), Math.Min(one.Branch, other.Branch));
    }
}
