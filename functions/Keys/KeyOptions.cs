using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Keys;

/// <summary>Settings "Keys". A setting may be a Key Vault reference in the cloud and a file on one machine.</summary>
internal sealed class KeyOptions
{
    /// <summary>Gets or sets 32 bytes in base64.</summary>
    public string? MasterKey { get; set; }

    /// <summary>Gets or sets a file with the same, read when <see cref="MasterKey"/> is not set.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>Gets or sets the master key before, in base64, for keys that were made under it.</summary>
    public string? PreviousMasterKey { get; set; }

    /// <summary>Reads the master keys, the current one first.</summary>
    /// <exception cref="OptionsValidationException">None is set, or one is not 32 bytes in base64.</exception>
    public IReadOnlyList<byte[]> ReadMasterKeys()
    {
        List<byte[]> keys = [Read(MasterKey ?? ReadFile(), nameof(MasterKey))];
        if (!string.IsNullOrEmpty(PreviousMasterKey))
        {
            keys.Add(Read(PreviousMasterKey, nameof(PreviousMasterKey)));
        }

        return keys;
    }

    private string ReadFile() =>
        MasterKeyFile is { } path && File.Exists(path)
            ? File.ReadAllText(path).Trim()
            : throw Invalid(nameof(MasterKey), "is not set; set Keys__MasterKey, or Keys__MasterKeyFile to a file");

    private static byte[] Read(string text, string setting)
    {
        var bytes = new byte[KeyRing.MasterKeyBytes];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == bytes.Length
            ? bytes
            : throw Invalid(setting, "must be 32 bytes in base64");
    }

    private static OptionsValidationException Invalid(string setting, string sentence) =>
        new(nameof(KeyOptions), typeof(KeyOptions), [$"Keys:{setting} {sentence}."]);
}

/// <summary>Says at start what is wrong with the master keys.</summary>
internal sealed class KeyOptionsValidator : IValidateOptions<KeyOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, KeyOptions options)
    {
        try
        {
            options.ReadMasterKeys();
            return ValidateOptionsResult.Success;
        }
        catch (OptionsValidationException e)
        {
            return ValidateOptionsResult.Fail(e.Failures);
        }
    }
}
