using EventMeet.Testing.Fuzzing;

namespace EventMeet.Media.Tests.Fuzzing;

/// <summary>Every parser of bytes from afar survives a bounded round of changed inputs; tests/Fuzz goes on for as long as one likes.</summary>
public sealed class FuzzTargetTests
{
    private const int Inputs = 20_000;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Keys];

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_target_survives_changed_inputs(string target) =>
        new Mutation(seed: 20_260).Run(FuzzTargets.All[target], FuzzSeeds.Of(target), count => count < Inputs);
}
