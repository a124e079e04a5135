using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Sfu;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Hosting;

var builder = LeanHost.CreateBuilder(args);
builder.AddWorkerHost();
builder.Services.AddShards().AddControl().AddWorkerControl<SfuCommand>(BusEntities.SfuCommands);
await builder.Build().RunAsync();
