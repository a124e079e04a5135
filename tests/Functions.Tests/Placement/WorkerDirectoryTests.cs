using EventMeet.Contracts;
using EventMeet.Functions.Placement;
using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace EventMeet.Functions.Tests.Placement;

public sealed class WorkerDirectoryTests : IDisposable
{
    private readonly FakeTableStore _store = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 31, 9, 0, 0, TimeSpan.Zero));
    private readonly WorkerDirectory _workers;

    public WorkerDirectoryTests() => _workers = new WorkerDirectory(_store, _clock);

    private DateTimeOffset Now => _clock.GetUtcNow();

    public void Dispose() => _workers.Dispose();

    [Fact]
    public async Task Keeps_the_newest_heartbeat_of_each_worker()
    {
        await ReportAsync(
            Workers.Alive("a", Now),
            Workers.Alive("b", Now),
            Workers.Alive("a", Now - TimeSpan.FromSeconds(1))
        );
        var known = await _workers.ListAsync(CancellationToken.None);
        Assert.Equal([Now, Now], known.Select(worker => worker.At));
    }

    [Fact]
    public async Task Reads_storage_at_most_once_a_second()
    {
        await ReportAsync(Workers.Alive("a", Now));
        Assert.Single(await _workers.ListAsync(CancellationToken.None));
        _store.IsDown = true;
        Assert.Single(await _workers.ListAsync(CancellationToken.None));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<StorageUnavailableException>(() => _workers.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Does_not_believe_a_heartbeat_from_the_future()
    {
        await ReportAsync(Workers.Alive("a", Now + TimeSpan.FromHours(1)));
        Assert.Equal(Now, Assert.Single(await _workers.ListAsync(CancellationToken.None)).At);
    }

    [Fact]
    public async Task Calls_a_worker_lost_when_it_alone_is_silent()
    {
        await ReportAsync(Workers.Alive("a", Now));
        _clock.Advance(TimeSpan.FromSeconds(16));
        await ReportAsync(Workers.Alive("b", Now));
        Assert.False(await IsKnownAsync("a"));
        Assert.True(await IsKnownAsync("b"));
    }

    [Fact]
    public async Task Calls_a_worker_lost_at_once_when_another_is_in_its_place()
    {
        var first = Workers.Alive("a", Now);
        await ReportAsync(first, Workers.Alive("c", Now));
        Assert.True(await IsKnownAsync("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await ReportAsync(Workers.Alive("b", Now) with { Shards = first.Shards });
        Assert.False(await IsKnownAsync("a"));
        Assert.True(await IsKnownAsync("b"));
        Assert.True(await IsKnownAsync("c"));
        var known = await _workers.ListAsync(CancellationToken.None);
        Assert.Equal(["wkr_b", "wkr_c"], known.Select(worker => worker.Worker.Value).Order());
    }

    [Fact]
    public async Task Blames_the_bus_for_two_minutes_when_everybody_is_silent()
    {
        await ReportAsync(Workers.Alive("a", Now));
        _clock.Advance(TimeSpan.FromSeconds(100));
        Assert.True(await IsKnownAsync("a"));
        _clock.Advance(TimeSpan.FromSeconds(21));
        Assert.False(await IsKnownAsync("a"));
    }

    [Fact]
    public async Task Forgets_who_has_been_silent_for_long()
    {
        await ReportAsync(Workers.Alive("a", Now));
        _clock.Advance(TimeSpan.FromMinutes(11));
        await ReportAsync(Workers.Alive("b", Now));
        await _workers.CleanAsync(CancellationToken.None);
        Assert.Equal("wkr_b", Assert.Single(_store.RowsOf(Tables.Workers)).Name);
    }

    private Task<bool> IsKnownAsync(string id) =>
        _workers.IsKnownAsync(new WorkerId("wkr_" + id), CancellationToken.None);

    private Task ReportAsync(params Contracts.Messages.WorkerEvent[] events) =>
        _workers.HandleAsync(events, CancellationToken.None);
}
