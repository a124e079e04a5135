using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Keys;

/// <summary>Registers API keys.</summary>
internal static class KeysSetup
{
    public static IServiceCollection AddKeys(this IServiceCollection services)
    {
        services.AddOptions<KeyOptions>().BindConfiguration("Keys").ValidateOnStart();
        services.AddSingleton<IValidateOptions<KeyOptions>, KeyOptionsValidator>();
        return services
            .AddSingleton<KeyRing>()
            .AddSingleton<KeyDirectory>()
            .AddSingleton<KeyStore>()
            .AddSingleton<KeyFunctions>()
            .AddSingleton<CreateKeyCommand>();
    }
}
