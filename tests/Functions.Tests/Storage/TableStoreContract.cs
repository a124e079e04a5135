using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Tests.Storage;

/// <summary>What every table store does; run against the fake and, where there is one, against real tables.</summary>
public abstract class TableStoreContract
{
    private readonly string _partition = "p" + Guid.CreateVersion7().ToString("N");

    private protected abstract ITableStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_back_what_was_written_however_long()
    {
        // Longer than one property holds, with a character of two UTF-16 units at every cut.
        var body = string.Concat(Enumerable.Repeat("ä😀\"", 60_000));
        var written = await Store.WriteAsync(
            Tables.Rooms,
            _partition,
            [new(ChangeKind.Insert, "long", body, null)],
            Token
        );
        var row = await Store.FindAsync(Tables.Rooms, _partition, "long", Token);
        Assert.Equal(body, row!.Body);
        Assert.Equal(written.ETags[0], row.ETag);
        Assert.Null(await Store.FindAsync(Tables.Rooms, _partition, "none", Token));
    }

    [Fact]
    public async Task Replaces_only_what_has_not_changed()
    {
        var first = await WriteAsync(new RowChange(ChangeKind.Insert, "row", "1", null));
        Assert.False((await WriteAsync(new RowChange(ChangeKind.Insert, "row", "2", null))).Committed);
        var second = await WriteAsync(new RowChange(ChangeKind.Replace, "row", "2", first.ETags[0]));
        Assert.True(second.Committed);
        Assert.NotEqual(first.ETags[0], second.ETags[0]);
        Assert.False((await WriteAsync(new RowChange(ChangeKind.Replace, "row", "3", first.ETags[0]))).Committed);
        Assert.False((await WriteAsync(new RowChange(ChangeKind.Delete, "row", null, first.ETags[0]))).Committed);
        Assert.True((await WriteAsync(new RowChange(ChangeKind.Put, "row", "4", null))).Committed);
        Assert.True((await WriteAsync(new RowChange(ChangeKind.Delete, "row", null, null))).Committed);
        Assert.True((await WriteAsync(new RowChange(ChangeKind.Delete, "row", null, null))).Committed);
        Assert.False((await WriteAsync(new RowChange(ChangeKind.Replace, "row", "5", second.ETags[0]))).Committed);
    }

    [Fact]
    public async Task Makes_all_changes_or_none()
    {
        await WriteAsync(new RowChange(ChangeKind.Insert, "there", "1", null));
        var failed = await WriteAsync(
            new RowChange(ChangeKind.Insert, "new", "1", null),
            new RowChange(ChangeKind.Insert, "there", "2", null)
        );
        Assert.False(failed.Committed);
        Assert.Null(await Store.FindAsync(Tables.Rooms, _partition, "new", Token));
        var done = await WriteAsync(
            new RowChange(ChangeKind.Insert, "new", "1", null),
            new RowChange(ChangeKind.Delete, "there", null, null)
        );
        Assert.True(done.Committed);
        Assert.Equal(2, done.ETags.Count);
        var row = await Store.FindAsync(Tables.Rooms, _partition, "new", Token);
        Assert.Equal(done.ETags[0], row!.ETag);
    }

    [Fact]
    public async Task Lists_a_prefix_in_order_and_from_a_row_on()
    {
        await WriteAsync([
            .. Enumerable.Range(0, 7).Select(i => new RowChange(ChangeKind.Insert, $"k|{i}", "x", null)),
        ]);
        await WriteAsync(
            new RowChange(ChangeKind.Insert, "k", "x", null),
            new RowChange(ChangeKind.Insert, "l", "x", null)
        );
        var all = await Store.ListAsync(Tables.Rooms, _partition, RowRange.Prefix("k|"), 100, Token);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"k|{i}"), all.Select(row => row.Name));
        var some = await Store.ListAsync(Tables.Rooms, _partition, RowRange.After("k|", "k|3"), 2, Token);
        Assert.Equal(["k|4", "k|5"], some.Select(row => row.Name));
        RowRange partitions = new(_partition, _partition + "~");
        Assert.Equal(9, (await Store.ListPartitionsAsync(Tables.Rooms, partitions, 100, Token)).Count);
    }

    private Task<WriteResult> WriteAsync(params RowChange[] changes) =>
        Store.WriteAsync(Tables.Rooms, _partition, changes, Token);
}
