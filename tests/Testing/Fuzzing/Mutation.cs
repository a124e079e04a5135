namespace EventMeet.Testing.Fuzzing;

/// <summary>Changes inputs by chance and keeps a target busy with them: a fuzzer that needs no instrumentation.</summary>
/// <param name="seed">The same seed does the same.</param>
internal sealed class Mutation(int seed)
{
    private const int MaxLength = 2048;
    private static readonly byte[] Interesting = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, 0x40, 0x20];

    private readonly Random _chance = new(seed);

    /// <summary>Gives a target changed inputs until enough.</summary>
    /// <param name="target">What to try.</param>
    /// <param name="corpus">Where to start; not empty.</param>
    /// <param name="goesOn">Asked after each input, with how many there were.</param>
    /// <exception cref="FuzzException">The target threw; the input is in the message.</exception>
    public void Run(FuzzTarget target, IReadOnlyList<byte[]> corpus, Func<long, bool> goesOn)
    {
        for (var count = 0L; goesOn(count); count++)
        {
            var input = count < corpus.Count ? corpus[(int)count] : Next(corpus);
            try
            {
                target(input);
            }
            catch (Exception failure)
            {
                throw new FuzzException(
                    $"Input {Convert.ToHexString(input)} was not survived: {failure.Message}",
                    failure
                );
            }
        }
    }

    private byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        var input = corpus[_chance.Next(corpus.Count)];
        for (var changes = _chance.Next(1, 6); changes > 0; changes--)
        {
            input = Change(input, corpus);
        }

        return input.Length > MaxLength ? input[..MaxLength] : input;
    }

    private byte[] Change(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        if (input.Length == 0)
        {
            return [(byte)_chance.Next(256)];
        }

        var at = _chance.Next(input.Length);
        var changed = (byte[])input.Clone();
        switch (_chance.Next(8))
        {
            case 0:
                changed[at] ^= (byte)(1 << _chance.Next(8));
                return changed;
            case 1:
                changed[at] = Interesting[_chance.Next(Interesting.Length)];
                return changed;
            case 2:
                changed[at] = (byte)_chance.Next(256);
                return changed;
            case 3:
                return input[..at];
            case 4:
                // A piece is left out.
                return [.. input[..at], .. input[(at + _chance.Next(input.Length - at))..]];
            case 5:
                // A piece comes twice.
                return [.. input, .. input[at..]];
            case 6:
                var other = corpus[_chance.Next(corpus.Count)];
                return [.. input[..at], .. other[Math.Min(at, other.Length)..]];
            default:
                var more = new byte[_chance.Next(1, 32)];
                _chance.NextBytes(more);
                return [.. input[..at], .. more, .. input[at..]];
        }
    }
}
