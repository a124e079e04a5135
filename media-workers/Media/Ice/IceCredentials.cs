using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace EventMeet.Media.Ice;

/// <summary>The ufrag and pwd of one end (RFC 8839 section 5.4). Its text form leaves the pwd out.</summary>
public sealed class IceCredentials
{
    private const int MinUfragLength = 4;
    private const int MinPwdLength = 22;
    private const int MaxLength = 256;
    private const int GeneratedUfragLength = 8; // 48 bits: unique among the peers of a shard
    private const int GeneratedPwdLength = 24; // 144 bits; RFC 8445 section 5.3 asks for 128
    private const string IceCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(IceCharacters);

    private readonly byte[] _ufrag;
    private readonly byte[] _pwd;

    /// <summary>Initializes a new instance of the <see cref="IceCredentials"/> class.</summary>
    /// <exception cref="ArgumentException">One of them breaks RFC 8839 section 5.4.</exception>
    public IceCredentials(string ufrag, string pwd)
    {
        if (!IsValid(ufrag, MinUfragLength))
        {
            throw new ArgumentException("A ufrag has 4 to 256 letters, digits, + or /.", nameof(ufrag));
        }

        if (!IsValid(pwd, MinPwdLength))
        {
            throw new ArgumentException("A pwd has 22 to 256 letters, digits, + or /.", nameof(pwd));
        }

        Ufrag = ufrag;
        Pwd = pwd;
        _ufrag = Encoding.ASCII.GetBytes(ufrag);
        _pwd = Encoding.ASCII.GetBytes(pwd);
    }

    /// <summary>Gets the user name fragment.</summary>
    public string Ufrag { get; }

    /// <summary>Gets the password: a secret.</summary>
    public string Pwd { get; }

    internal ReadOnlySpan<byte> UfragBytes => _ufrag;

    internal ReadOnlySpan<byte> PwdBytes => _pwd;

    /// <summary>Makes fresh ones.</summary>
    public static IceCredentials Generate() =>
        new(
            RandomNumberGenerator.GetString(IceCharacters, GeneratedUfragLength),
            RandomNumberGenerator.GetString(IceCharacters, GeneratedPwdLength)
        );

    /// <summary>Are both what RFC 8839 section 5.4 allows?</summary>
    public static bool AreValid(string ufrag, string pwd) =>
        IsValid(ufrag, MinUfragLength) && IsValid(pwd, MinPwdLength);

    /// <inheritdoc/>
    public override string ToString() => Ufrag;

    private static bool IsValid(string text, int minLength) =>
        text.Length >= minLength && text.Length <= MaxLength && !text.AsSpan().ContainsAnyExcept(Allowed);
}
