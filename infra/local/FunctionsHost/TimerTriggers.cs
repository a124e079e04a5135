using System.Text.Json.Nodes;
using EventMeet.Contracts;
using NCrontab;

namespace EventMeet.FunctionsHost;

/// <summary>Runs the timer functions: six-field NCRONTAB, one run at a time, a missed time is made up for once.</summary>
internal sealed class TimerTriggers(
    FunctionApp app,
    Invocation invocation,
    IdSource ids,
    TimeProvider clock,
    ILogger<TimerTriggers> logger
) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(app.Timers.Select(timer => RunAsync(timer, stoppingToken)));

    private async Task RunAsync(TimerTriggered timer, CancellationToken stopping)
    {
        var options = new CrontabSchedule.ParseOptions { IncludingSeconds = true };
        var schedule =
            CrontabSchedule.TryParse(timer.Schedule, options)
            ?? throw new InvalidDataException(
                $"Function {timer.Name}: \"{timer.Schedule}\" is no NCRONTAB expression."
            );
        DateTimeOffset? last = null;
        var due = timer.RunOnStartup ? clock.GetUtcNow() : Next(schedule, clock.GetUtcNow());
        while (!stopping.IsCancellationRequested)
        {
            var wait = due - clock.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, clock, stopping);
            }

            var now = clock.GetUtcNow();
            var next = Next(schedule, due);
            var data = new JsonObject
            {
                [timer.Binding] = TriggerPayload.Timer(last, next, isPastDue: next < now, now),
            };
            if (
                !await invocation.InvokeAsync(
                    timer.Name,
                    data,
                    TriggerPayload.Sys(timer.Name, now, ids.NewText("")),
                    stopping
                )
            )
            {
                logger.TimerFailed(timer.Name);
            }

            last = due;
            due = next < clock.GetUtcNow() ? Next(schedule, clock.GetUtcNow()) : next;
        }
    }

    private static DateTimeOffset Next(CrontabSchedule schedule, DateTimeOffset after) =>
        new(schedule.GetNextOccurrence(after.UtcDateTime), TimeSpan.Zero);
}
