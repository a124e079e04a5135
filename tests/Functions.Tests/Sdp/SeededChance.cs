using EventMeet.Contracts;
using EventMeet.Functions.Sdp;

namespace EventMeet.Functions.Tests.Sdp;

/// <summary>Chance that is the same in every run.</summary>
internal sealed class SeededChance(int seed = 1) : AnswerChance(new SeededIds(seed))
{
    private uint _state = (uint)seed;

    protected override void FillChance(Span<byte> chance) => Fill(ref _state, chance);

    // A linear congruential generator (Numerical Recipes' constants); only sameness matters here.
    internal static void Fill(ref uint state, Span<byte> chance)
    {
        foreach (ref var value in chance)
        {
            state = (state * 1664525) + 1013904223;
            value = (byte)(state >> 24);
        }
    }
}

/// <summary>Ids that are the same in every run.</summary>
internal sealed class SeededIds(int seed) : IdSource(new Microsoft.Extensions.Time.Testing.FakeTimeProvider())
{
    private uint _state = (uint)seed;

    protected override void FillChance(Span<byte> chance) => SeededChance.Fill(ref _state, chance);
}
