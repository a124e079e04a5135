using EventMeet.Contracts.Bus;
using EventMeet.Contracts.Messages;
using EventMeet.Recorder;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.AddWorkerHost();
builder.Services.AddStorage().AddRecordings().AddComposites().AddIntake();
builder.Services.AddWorkerControl<RecorderOrder>(BusEntities.RecorderOrders);
await builder.Build().RunAsync();
