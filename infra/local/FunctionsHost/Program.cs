using EventMeet.FunctionsHost;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddFunctionsHost();
var app = builder.Build();
app.MapFunctionApp();
app.MapWebPages();
await app.RunAsync();
