using System.Net;
using EventMeet.Functions.Tests.Fakes;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class ConventionTests(FunctionsFixture app) : IClassFixture<FunctionsFixture>
{
    [Fact]
    public async Task Says_where_malformed_json_goes_wrong()
    {
        var answer = await app.SendAsync("POST", "/v1/rooms", "{\n  \"name\": }");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("malformed-json", answer.Problem);
        Assert.Contains("line 2", answer.Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}")]
    [InlineData("{\"name\":\"a\"} x")]
    [InlineData("{\"a\":[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}")]
    public async Task Refuses_what_is_not_one_plain_json_object(string body) =>
        Assert.Equal("malformed-json", (await app.SendAsync("POST", "/v1/rooms", body)).Problem);

    [Fact]
    public async Task Names_every_field_that_is_wrong_and_every_one_it_does_not_know()
    {
        var answer = await app.SendAsync(
            "POST",
            "/v1/rooms",
            """{"name":7,"maxParticipants":1.5,"tags":["a",""],"startsAt":"2030-01-31","colour":"red","metadata":"\ud800"}"""
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        var fields = answer.Json["errors"]!.AsArray().Select(error => error!["field"]!.GetValue<string>());
        string[] expected = ["name", "maxParticipants", "startsAt", "metadata", "tags[1]", "colour"];
        Assert.Equivalent(expected, fields, strict: true);
    }

    [Fact]
    public async Task Refuses_a_field_whose_name_is_no_text()
    {
        var answer = await app.SendAsync("POST", "/v1/rooms", """{"\ud800":1}""");
        Assert.Equal("malformed-json", answer.Problem);
    }

    [Fact]
    public async Task Refuses_a_body_over_64_kibibytes()
    {
        var answer = await app.SendAsync("POST", "/v1/rooms", $"{{\"metadata\":\"{new string('x', 70_000)}\"}}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal("body-too-large", answer.Problem);
    }

    [Fact]
    public async Task Refuses_another_content_type_and_says_which_it_takes()
    {
        var answer = await app.SendAsync("POST", "/v1/rooms", "{}", null, ("Content-Type", "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Equal("application/json", answer.Header("Accept-Post"));
    }

    [Fact]
    public async Task Says_which_methods_a_route_has()
    {
        var answer = await app.SendAsync("PUT", "/v1/rooms", "{}");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal("GET, POST, HEAD, OPTIONS", answer.Header("Allow"));
        Assert.Equal("method-not-allowed", answer.Problem);
    }

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/v1/rooms/a/b/c/d")]
    [InlineData("/somewhere")]
    public async Task Explains_unknown_paths_too(string path)
    {
        var answer = await app.SendAsync("GET", path);
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal(32, answer.Text("traceId").Length);
    }

    [Fact]
    public async Task Continues_the_callers_trace()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        var answer = await app.SendAsync(
            "GET",
            "/v1/rooms/none",
            null,
            null,
            ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01")
        );
        Assert.StartsWith($"00-{Trace}-", answer.Header("traceparent"), StringComparison.Ordinal);
        Assert.Equal(Trace, answer.Text("traceId"));
    }

    [Fact]
    public async Task Tells_the_caller_where_it_stands_with_its_limit()
    {
        var answer = await app.SendAsync("GET", "/v1/rooms");
        Assert.Equal("\"key\";q=1000;w=10", answer.Header("RateLimit-Policy"));
        Assert.Matches("^\"key\";r=[0-9]+;t=[0-9]+$", answer.Header("RateLimit"));
    }

    [Theory]
    [InlineData(null, "credentials-missing", "Bearer realm=\"eventmeet\"")]
    [InlineData("nonsense", "credentials-invalid", "Bearer realm=\"eventmeet\", error=\"invalid_token\"")]
    [InlineData("key_unknown.secret", "credentials-invalid", "Bearer realm=\"eventmeet\", error=\"invalid_token\"")]
    public async Task Challenges_whoever_has_no_good_credential(string? bearer, string problem, string challenge)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/rooms");
        if (bearer is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + bearer);
        }

        using var response = await app.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await Answer.ReadAsync(response);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.Status);
        Assert.Equal(problem, answer.Problem);
        Assert.Equal(challenge, answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task Answers_503_with_a_time_to_wait_while_storage_is_away()
    {
        app.Clock.Advance(TimeSpan.FromSeconds(2)); // the key is remembered for one
        app.Store.IsDown = true;
        try
        {
            var answer = await app.SendAsync("GET", "/v1/rooms");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Equal("2", answer.Header("Retry-After"));
            var health = await app.SendAsync("GET", "/health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
            Assert.Contains("\"for\":\"storage\"", health.Body, StringComparison.Ordinal);
        }
        finally
        {
            app.Store.IsDown = false;
        }
    }

    [Fact]
    public async Task Lets_pages_of_any_origin_call_participant_routes_and_none_the_others()
    {
        var open = await app.SendAsync(
            "OPTIONS",
            "/v1/ice-servers",
            null,
            null,
            ("Origin", "https://app.example"),
            ("Access-Control-Request-Method", "GET")
        );
        Assert.Equal(HttpStatusCode.NoContent, open.Status);
        Assert.Equal("*", open.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Authorization", open.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
        var closed = await app.SendAsync("GET", "/v1/rooms", null, null, ("Origin", "https://app.example"));
        Assert.Empty(closed.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Answers_the_hosts_readiness_poll()
    {
        using var response = await app.Http.GetAsync(
            new Uri("/", UriKind.Relative),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Files_every_write_in_the_audit_log()
    {
        var room = await app.MakeRoomAsync();
        await app.SendAsync("DELETE", $"/v1/rooms/{room}");
        var rows = app.Store.RowsOf("audit").Where(row => row.Body.Contains(room.Value, StringComparison.Ordinal));
        var row = Assert.Single(rows);
        Assert.StartsWith(app.Key.Tenant.Value, row.Partition, StringComparison.Ordinal);
        Assert.Contains("\"method\":\"DELETE\"", row.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Key.Secret, row.Body, StringComparison.Ordinal);
    }
}
