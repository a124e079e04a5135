using EventMeet.Sfu;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder(args);
builder.AddWorkerHost();
builder.Services.AddShards().AddControl().AddWorkerControl();
await builder.Build().RunAsync();
