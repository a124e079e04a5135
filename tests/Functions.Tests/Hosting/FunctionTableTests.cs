using System.Text.Json.Nodes;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Tests.Hosting;

public sealed class FunctionTableTests
{
    [Fact]
    public void Names_every_function_once() =>
        Assert.Distinct(FunctionTable.All.Select(function => function.Name), StringComparer.OrdinalIgnoreCase);

    [Fact]
    public void Names_functions_as_the_host_wants_it() =>
        Assert.All(FunctionTable.All, function => Assert.Matches("^[A-Za-z][A-Za-z0-9]{0,59}$", function.Name));

    // The host would hand on a request for a public route of that name, and it would pass for the host's own call.
    [Fact]
    public void Has_no_public_route_that_starts_with_a_functions_name()
    {
        var names = FunctionTable.All.Select(function => function.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var roots = FunctionTable.All.OfType<HttpFunction>().Select(function => function.Route.Split('/')[0]);
        Assert.All(roots, root => Assert.False(names.Contains(root) || root.StartsWith('{'), root));
    }

    [Fact]
    public void Stays_out_of_the_hosts_own_routes() =>
        Assert.All(
            FunctionTable.All.OfType<HttpFunction>(),
            function => Assert.DoesNotContain(function.Route.Split('/')[0], new[] { "admin", "runtime", "" })
        );

    [Fact]
    public void Writes_what_the_host_reads()
    {
        var queue = Bindings("WorkerEvents")[0]!;
        Assert.Equal(
            """{"type":"serviceBusTrigger","direction":"in","name":"messages","queueName":"worker-events","connection":"Bus","cardinality":"many","dataType":"binary"}""",
            queue.ToJsonString()
        );
        var timer = Bindings("OutboxSweep")[0]!;
        Assert.Equal(
            """{"type":"timerTrigger","direction":"in","name":"timer","schedule":"*/5 * * * * *"}""",
            timer.ToJsonString()
        );
        var http = Bindings("Room");
        Assert.Equal("v1/rooms/{room}", http[0]!["route"]!.GetValue<string>());
        Assert.Equal(2, http.Count); // one in, one out: else the host does not proxy
    }

    [Fact]
    public void Describes_every_refusal()
    {
        var types = Enum.GetValues<Refusal>().Where(refusal => refusal is not Refusal.None).Select(Problems.TypeOf);
        Assert.Distinct(types);
        Assert.All(
            Enum.GetValues<Refusal>().Where(refusal => refusal is not Refusal.None),
            refusal => Assert.InRange(Problems.StatusOf(refusal), 400, 599)
        );
        Assert.Equal("urn:eventmeet:problem:room-name-taken", Problems.TypeOf(Refusal.RoomNameTaken));
    }

    private static JsonArray Bindings(string name) =>
        JsonNode.Parse(FunctionManifest.Text(FunctionTable.All.Single(one => one.Name == name)))![
            "bindings"
        ]!.AsArray();
}
