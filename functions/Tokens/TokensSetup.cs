using Microsoft.Extensions.Options;

namespace EventMeet.Functions.Tokens;

/// <summary>Registers tokens and relay credentials.</summary>
internal static class TokensSetup
{
    public static IServiceCollection AddTokens(this IServiceCollection services)
    {
        services.AddOptions<TurnOptions>().BindConfiguration("Turn").ValidateOnStart();
        services.AddSingleton<IValidateOptions<TurnOptions>, TurnOptionsValidator>();
        return services
            .AddSingleton<TokenVerifier>()
            .AddSingleton<TokenMinter>()
            .AddSingleton<TokenFunctions>()
            .AddSingleton<IceServers>();
    }
}
