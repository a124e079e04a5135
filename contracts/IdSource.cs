using System.Security.Cryptography;

namespace EventMeet.Contracts;

/// <summary>Makes ids: 48 bits of Unix milliseconds, then 80 bits of chance, in Crockford's base 32 (26 characters).</summary>
/// <param name="clock">What time it is.</param>
public class IdSource(TimeProvider clock)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int TimeCharacters = 10;
    private const int ChanceCharacters = 16;

    /// <summary>Makes an id that no one else has and no one can guess.</summary>
    /// <typeparam name="T">Which kind of id.</typeparam>
    public T New<T>()
        where T : struct, IId<T> => T.From(NewText(T.Prefix));

    /// <summary>Makes an id of a kind that has no type of its own.</summary>
    /// <param name="prefix">What it starts with, underscore included.</param>
    public string NewText(string prefix)
    {
        Span<char> text = stackalloc char[TimeCharacters + ChanceCharacters];
        var milliseconds = clock.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = TimeCharacters - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(milliseconds & 31)];
            milliseconds >>= 5;
        }

        Span<byte> chance = stackalloc byte[ChanceCharacters];
        FillChance(chance);
        for (var i = 0; i < ChanceCharacters; i++)
        {
            text[TimeCharacters + i] = Alphabet[chance[i] & 31];
        }

        return string.Concat(prefix, text);
    }

    /// <summary>Fills with chance from the operating system; a test may override it with a seeded source.</summary>
    /// <param name="chance">What to fill.</param>
    protected virtual void FillChance(Span<byte> chance) => RandomNumberGenerator.Fill(chance);
}
