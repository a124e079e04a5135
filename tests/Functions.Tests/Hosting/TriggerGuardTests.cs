using System.Net;
using EventMeet.Functions.Tests.Fakes;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class TriggerGuardTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("X-Forwarded-Host", "meet.example")]
    [InlineData("X-ARR-LOG-ID", "1")]
    public async Task Refuses_trigger_calls_that_came_through_a_proxy(string header, string value)
    {
        var answer = await app.SendAsync("POST", "/OutboxSweep", """{"Data":{"timer":{}}}""", null, (header, value));
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
    }

    [Fact]
    public async Task Answers_the_host_with_an_object()
    {
        var answer = await app.TickAsync("OutboxSweep");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"Outputs":{},"Logs":[],"ReturnValue":null}""", answer.Body);
    }

    [Fact]
    public async Task Says_400_to_what_is_no_trigger_call()
    {
        var answer = await app.SendAsync("POST", "/OutboxSweep", "{}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }
}
