using EventMeet.Contracts;
using EventMeet.Contracts.Bus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace EventMeet.WorkerHost;

/// <summary>What every worker is made of.</summary>
public static class WorkerHostServices
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    /// <summary>Adds the bus, the heartbeat, the facts' outbox and the commands' receiver. The worker adds an <see cref="IWorkerStatus"/> and an <see cref="ICommandHandler{TCommand}"/>.</summary>
    /// <param name="builder">The process's host.</param>
    public static void AddWorkerHost(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<WorkerOptions>().BindConfiguration("Worker").ValidateOnStart();
        services.AddSingleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = StopPatience);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IdSource>();
        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<IMessageBus>(provider =>
            ActivatorUtilities.CreateInstance<AmqpMessageBus>(provider, BusSettings.Read(builder.Configuration))
        );
        services.AddSingleton<FactOutbox>();
        services.AddHostedService(provider => provider.GetRequiredService<FactOutbox>());
    }

    /// <summary>Adds what speaks for the worker once it is there; the last thing to start and the first to stop.</summary>
    /// <typeparam name="TCommand">What the commands for this kind of worker have in common.</typeparam>
    /// <param name="services">The process's services.</param>
    /// <param name="entity">Where they are; the session is the worker's id.</param>
    public static IServiceCollection AddWorkerControl<TCommand>(this IServiceCollection services, string entity)
        where TCommand : class =>
        services
            .AddHostedService(provider =>
                ActivatorUtilities.CreateInstance<CommandReceiver<TCommand>>(provider, entity)
            )
            .AddHostedService<Heartbeat>();
}
