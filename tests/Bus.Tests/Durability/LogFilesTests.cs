using EventMeet.Broker;
using EventMeet.Broker.Amqp;
using EventMeet.Broker.Durability;
using EventMeet.Broker.Queues;
using EventMeet.Bus.Tests.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventMeet.Bus.Tests.Durability;

public sealed class LogFilesTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("bus-log-").FullName;
    private readonly DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void What_was_answered_is_there_after_a_restart()
    {
        var answered = 0;
        using (var life = new Life(_path))
        {
            for (var i = 0; i < 500; i++)
            {
                life.Enqueue($"m{i}", _now, () => answered++);
            }

            life.WaitUntilDurable();
            Assert.Equal(500, answered);
        }

        using var next = new Life(_path);
        Assert.Equal(500, next.Queue.Count);
    }

    [Fact]
    public void A_torn_tail_is_cut_off_and_the_log_goes_on_behind_it()
    {
        using (var life = new Life(_path))
        {
            life.Enqueue("kept", _now, () => { });
        }

        var segment = Directory.GetFiles(_path, "segment-*").Single();
        File.AppendAllBytes(segment, [200, 0, 0, 0, 1, 2, 3]);
        using (var life = new Life(_path))
        {
            Assert.Equal(7, life.Recovered.LostBytes);
            life.Enqueue("after", _now, () => { });
        }

        using var last = new Life(_path);
        Assert.Equal(0, last.Recovered.LostBytes);
        Assert.Equal(2, last.Queue.Count);
    }

    [Fact]
    public void A_snapshot_holds_everything_and_takes_the_place_of_what_came_before()
    {
        string before;
        using (var life = new Life(_path))
        {
            for (var i = 0; i < 100; i++)
            {
                life.Enqueue($"m{i}", _now, () => { });
            }

            life.Core.Compact();
            life.Enqueue("behind the snapshot", _now, () => { });
            before = TextJournal.Of(life.Queue);
        }

        Assert.Equal(["segment-000000000002.log"], Names("segment-*"));
        Assert.Equal(["snapshot-000000000002.log"], Names("snapshot-*"));
        using var next = new Life(_path);
        Assert.Equal(before, TextJournal.Of(next.Queue));
    }

    [Fact]
    public void A_segment_behind_a_damaged_one_is_set_aside()
    {
        using (var life = new Life(_path))
        {
            life.Enqueue("damaged", _now, () => { });
        }

        using (var life = new Life(_path))
        {
            life.Enqueue("behind", _now, () => { });
        }

        var first = Path.Combine(_path, Names("segment-*")[0]);
        var bytes = File.ReadAllBytes(first);
        bytes[^1] ^= 1;
        File.WriteAllBytes(first, bytes);
        using var next = new Life(_path);
        Assert.Equal(0, next.Queue.Count);
        Assert.Single(Names("*.orphan"));
    }

    [Fact]
    public void The_disk_does_not_grow_with_what_has_come_and_gone()
    {
        using var life = new Life(_path);
        var consumer = new TestConsumer(int.MaxValue);
        lock (life.Core.Gate)
        {
            life.Queue.Attach(consumer, _now);
        }

        var text = new string('x', 64 * 1024);
        for (var i = 0; i < 1000; i++)
        {
            life.Enqueue(text, _now, () => { }, id: $"{i}");
            life.Complete(consumer.Last.LockToken);
            consumer.Got.Clear();
        }

        life.WaitUntilDurable();
        var bytes = Directory.GetFiles(_path).Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, 1, 40 * 1024 * 1024);
    }

    [Fact]
    public void Two_brokers_do_not_share_a_directory()
    {
        using var life = new Life(_path);
        Assert.Throws<IOException>(() => new Life(_path));
    }

    private string[] Names(string pattern) =>
        [.. Directory.GetFiles(_path, pattern).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>One run of a broker's core and log.</summary>
    private sealed class Life : IDisposable
    {
        private readonly LogDirectory _directory;
        private readonly LogWriter _log;

        internal Life(string path)
        {
            Core = new BrokerCore(new BrokerLimits(), new SharedAccessVerifier("name", "key"));
            Queue = Core.Add(new QueueDefinition("q", new QueueOptions { DuplicateWindow = TimeSpan.FromMinutes(1) }));
            _directory = new LogDirectory(path);
            _directory.Open();
            Recovered = LogRecovery.Recover(_directory, Core.FindQueue, NullLogger.Instance);
            _log = new LogWriter(_directory, Recovered.NextSegment, Core.HandleDurable, NullLogger.Instance);
            _log.Start();
            Core.UseLog(_log);
        }

        internal BrokerCore Core { get; }

        internal MessageQueue Queue { get; }

        internal RecoveredLog Recovered { get; }

        internal void Enqueue(string text, DateTimeOffset now, Action whenDurable, string? id = null)
        {
            lock (Core.Gate)
            {
                var message = new NewMessage
                {
                    Content = System.Text.Encoding.UTF8.GetBytes(text),
                    MessageId = id ?? text,
                };
                Assert.Equal(EnqueueResult.Taken, Queue.Enqueue([message], now));
                Core.WhenDurable(whenDurable);
                Core.Commit();
            }
        }

        internal void Complete(Guid lockToken)
        {
            lock (Core.Gate)
            {
                Assert.True(Queue.Complete(lockToken));
                Core.Commit();
            }
        }

        internal void WaitUntilDurable()
        {
            using var durable = new ManualResetEventSlim();
            lock (Core.Gate)
            {
                Core.WhenDurable(durable.Set);
                Core.Commit();
            }

            Assert.True(durable.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        }

        public void Dispose()
        {
            _log.Dispose();
            _directory.Dispose();
        }
    }
}
