namespace EventMeet.Bus.Tests.Durability;

public sealed class LogRecoveryTests
{
    private readonly LogSample _sample = LogSample.Make();

    [Fact]
    public void A_log_that_is_cut_anywhere_recovers_exactly_the_whole_records_before_the_cut()
    {
        for (var cut = 0; cut <= _sample.Segment.Length; cut++)
        {
            var expected = _sample.Steps.Last(step => step.Length <= Math.Max(cut, _sample.Steps[0].Length));
            var (state, length) = LogSample.Replay(_sample.Segment.AsSpan(0, cut));
            Assert.Equal(WithoutForgetting(expected.State), WithoutForgetting(state));
            Assert.True(length <= cut);
        }
    }

    [Fact]
    public void A_bit_that_flips_anywhere_ends_the_log_before_its_record()
    {
        var bytes = _sample.Segment;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var damaged = bit / 8;
            var expected = _sample.Steps.Last(step => step.Length <= Math.Max(damaged, _sample.Steps[0].Length));
            var (state, _) = LogSample.Replay(bytes);
            Assert.Equal(WithoutForgetting(expected.State), WithoutForgetting(state));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    // Message ids are forgotten as time passes, which is no change that is logged: the replay still knows them.
    private static string WithoutForgetting(string state) =>
        string.Join('\n', state.Split('\n').Where(line => !line.StartsWith("remembered", StringComparison.Ordinal)));
}
