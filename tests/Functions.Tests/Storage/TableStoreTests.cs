using EventMeet.Functions.Storage;
using EventMeet.Functions.Tests.Fakes;
using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tests.Storage;

public sealed class TableStoreTests : TableStoreContract
{
    private protected override ITableStore Store { get; } = new FakeTableStore();
}

/// <summary>The same against Azurite, which interop/run starts.</summary>
public sealed class AzureTableStoreTests : TableStoreContract, IAsyncLifetime
{
    private const string Setting = "EVENTMEET_TEST_TABLES";

    private AzureTableStore? _store;

    private protected override ITableStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        var connection = Environment.GetEnvironmentVariable(Setting);
        Assert.SkipWhen(connection is null, $"Set {Setting} to a connection string, or run interop/run.");
        StorageOptions options = new() { ConnectionString = connection, TablePrefix = "contract" };
        _store = new AzureTableStore(Options.Create(options), TimeProvider.System);
        await _store.CreateTablesAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Says_that_storage_is_away_when_nobody_listens()
    {
        StorageOptions nowhere = new()
        {
            ConnectionString =
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;TableEndpoint=http://127.0.0.1:1/a;",
        };
        AzureTableStore store = new(Options.Create(nowhere), TimeProvider.System);
        await Assert.ThrowsAsync<StorageUnavailableException>(() =>
            store.FindAsync(Tables.Rooms, "p", "r", TestContext.Current.CancellationToken)
        );
    }
}
