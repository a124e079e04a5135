using System.Net;
using EventMeet.Functions.Tests.Fakes;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class IdempotencyTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    [Fact]
    public async Task Gives_the_first_answer_again()
    {
        var first = await PostAsync("replay", "{}");
        var second = await PostAsync("replay", "{}");
        Assert.Equal(HttpStatusCode.Created, second.Status);
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(first.Header("Location"), second.Header("Location"));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task Refuses_the_key_for_another_body()
    {
        await PostAsync("reused", "{}");
        var other = await PostAsync("reused", """{"name":"x"}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Equal("idempotency-key-reused", other.Problem);
    }

    [Fact]
    public async Task Answers_409_while_the_first_is_still_running()
    {
        var before = app.Store.RowsOf("idempotency");
        await PostAsync("running", "{}");
        var row = Assert.Single(app.Store.RowsOf("idempotency").Except(before));
        var running = System.Text.Json.Nodes.JsonNode.Parse(row.Body)!.AsObject();
        running.Remove("sealed");
        Functions.Storage.RowChange back = new(
            Functions.Storage.ChangeKind.Put,
            row.Name,
            running.ToJsonString(),
            null
        );
        await app.Store.WriteAsync("idempotency", row.Partition, [back], TestContext.Current.CancellationToken);
        var second = await PostAsync("running", "{}");
        Assert.Equal(HttpStatusCode.Conflict, second.Status);
        Assert.Equal("1", second.Header("Retry-After"));

        app.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.Created, (await PostAsync("running", "{}")).Status);
    }

    [Fact]
    public async Task Forgets_after_a_day()
    {
        var first = await PostAsync("old", "{}");
        app.Clock.Advance(TimeSpan.FromHours(25));
        Assert.NotEqual(first.Text("id"), (await PostAsync("old", "{}")).Text("id"));

        app.Clock.Advance(TimeSpan.FromHours(49));
        Assert.Equal(HttpStatusCode.OK, (await app.TickAsync("IdempotencyClean")).Status);
        Assert.Empty(app.Store.RowsOf("idempotency"));
    }

    [Fact]
    public async Task Repeats_a_refusal_too()
    {
        var first = await PostAsync("bad", """{"maxParticipants":0}""");
        var second = await PostAsync("bad", """{"maxParticipants":0}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, second.Status);
        Assert.Equal(first.Body, second.Body);
    }

    [Fact]
    public async Task Keeps_no_secret_in_the_clear()
    {
        var answer = await app.SendAsync("POST", "/v1/keys", "{}", null, ("Idempotency-Key", "secret"));
        var again = await app.SendAsync("POST", "/v1/keys", "{}", null, ("Idempotency-Key", "secret"));
        Assert.Equal(answer.Text("secret"), again.Text("secret"));
        string[] tables = ["idempotency", "keys", "tenants", "audit"];
        Assert.All(
            tables.SelectMany(app.Store.RowsOf),
            row => Assert.DoesNotContain(answer.Text("secret"), row.Body, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Refuses_a_key_that_is_no_token() =>
        Assert.Equal("idempotency-key-invalid", (await PostAsync("a b", "{}")).Problem);

    private Task<Answer> PostAsync(string key, string body) =>
        app.SendAsync("POST", "/v1/rooms", body, null, ("Idempotency-Key", key));
}
