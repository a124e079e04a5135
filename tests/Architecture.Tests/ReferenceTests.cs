using System.Reflection;

namespace EventMeet.Architecture.Tests;

public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["EventMeet.Contracts"] = [],
        ["EventMeet.Functions"] = ["EventMeet.Contracts"],
        ["EventMeet.Media"] = [],
        ["EventMeet.Sockets"] = ["EventMeet.Media"],
        ["EventMeet.WorkerHost"] = ["EventMeet.Contracts"],
        ["EventMeet.Broker"] = [],
        ["EventMeet.FunctionsHost"] = ["EventMeet.Contracts"],
        ["EventMeet.Sfu"] = ["EventMeet.Media", "EventMeet.Sockets", "EventMeet.WorkerHost", "EventMeet.Contracts"],
        ["EventMeet.Recorder"] =
        [
            "EventMeet.Media",
            "EventMeet.Sockets",
            "EventMeet.WorkerHost",
            "EventMeet.Contracts",
        ],
    };

    public static TheoryData<string> Projects => [.. MayReference.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_those_of_ours_that_it_may(string project) =>
        Assert.Empty(ReferencesOf(project).Where(IsOurs).Except(MayReference[project], StringComparer.Ordinal));

    [Fact]
    public void Media_references_the_framework_only() =>
        Assert.All(
            ReferencesOf("EventMeet.Media"),
            name => Assert.StartsWith("System.", name, StringComparison.Ordinal)
        );

    private static bool IsOurs(string name) => name.StartsWith("EventMeet.", StringComparison.Ordinal);

    private static IEnumerable<string> ReferencesOf(string project) =>
        Assembly.Load(project).GetReferencedAssemblies().Select(reference => reference.Name!);
}
