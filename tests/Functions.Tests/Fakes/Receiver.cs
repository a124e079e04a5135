using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventMeet.Functions.Tests.Fakes;

/// <summary>A real HTTP server that remembers what it is told and answers as it is told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    public List<(string Path, IHeaderDictionary Headers, string Body)> Got { get; } = [];

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    public static async Task<Receiver> StartAsync()
    {
        Receiver receiver = new();
        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        var addresses = receiver._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        receiver.Url = addresses.Addresses.First();
        return receiver;
    }

    public void AnswerWith(int status, params (string Name, string Value)[] headers) =>
        Answer = context =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            return Task.CompletedTask;
        };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        Dictionary<string, Microsoft.Extensions.Primitives.StringValues> headers = new(context.Request.Headers);
        lock (Got)
        {
            Got.Add((context.Request.Path, new HeaderDictionary(headers), body));
        }

        await Answer(context);
    }
}
