using EventMeet.Functions.Webhooks;
using FsCheck.Xunit;

namespace EventMeet.Functions.Tests.Webhooks;

public sealed class DeliveryDeciderTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 31, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan[] Expected =
    [
        TimeSpan.Zero,
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    [Fact]
    public void Reaches_a_receiver_that_was_down_for_a_day_when_it_is_back()
    {
        var (delivery, times) = Run(at => at < TimeSpan.FromDays(1) ? Refused : Answer(200));
        Assert.Equal(DeliveryState.Delivered, delivery.State);
        Assert.Equal(8, times.Count);
        Assert.Null(delivery.NextAttemptAt);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void Follows_the_plan_and_then_gives_up(int status)
    {
        var (delivery, times) = Run(_ => Answer(status));
        Assert.Equal((DeliveryState.Dead, DeadReason.AttemptsExhausted), (delivery.State, delivery.Dead));
        Assert.Equal(Expected, times);
        Assert.Equal(Enumerable.Range(1, 10), delivery.Attempts.Select(attempt => attempt.Number));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(204)]
    [InlineData(299)]
    public void Is_content_with_any_2xx(int status) => Assert.Single(Run(_ => Answer(status)).Times);

    [Fact]
    public void Gives_up_at_once_when_the_endpoint_is_gone()
    {
        var (delivery, times) = Run(_ => Answer(410));
        Assert.Equal((DeliveryState.Dead, DeadReason.EndpointGone), (delivery.State, delivery.Dead));
        Assert.Single(times);
    }

    [Fact]
    public void Waits_as_long_as_the_endpoint_asks_if_that_is_longer_and_at_most_a_day()
    {
        var asked = new Queue<TimeSpan>([TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(9)]);
        var (_, times) = Run(_ => Answer(429) with { RetryAfter = asked.TryDequeue(out var wait) ? wait : null });
        Assert.Equal(
            [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), DeliveryDecider.MostRetryAfter],
            times.Skip(1).Take(3)
        );
    }

    [Fact]
    public void Believes_no_retry_after_that_lies_in_the_past() =>
        Assert.Equal(Expected, Run(_ => Answer(503) with { RetryAfter = TimeSpan.FromDays(-1) }).Times);

    [Property]
    public void Adds_a_fifth_at_most_by_chance(byte chance)
    {
        var (_, times) = Run(_ => Refused, chance / 255.0);
        for (var i = 1; i < times.Count; i++)
        {
            Assert.InRange(times[i], Expected[i], Expected[i] * 1.2);
        }
    }

    [Fact]
    public void Lets_one_attempt_at_a_time_through()
    {
        var claimed = DeliveryDecider.Admit(Fresh, 1, endpointEnabled: true, Start);
        Assert.Equal(AdmissionKind.Attempt, claimed.Kind);
        var twin = DeliveryDecider.Admit(claimed.Delivery, 1, endpointEnabled: true, Start.AddSeconds(20));
        Assert.Equal(AdmissionKind.Later, twin.Kind);
        Assert.Null(DeliveryDecider.Redeliver(claimed.Delivery, Start.AddSeconds(20)));
        // Whoever claimed it has died: the attempt is made again.
        var heir = DeliveryDecider.Admit(claimed.Delivery, 1, endpointEnabled: true, Start.AddMinutes(1));
        Assert.Equal(AdmissionKind.Attempt, heir.Kind);
    }

    [Fact]
    public void Passes_over_orders_that_come_again()
    {
        var failed = DeliveryDecider.Finish(Fresh, Refused, Start, 0);
        Assert.Equal(AdmissionKind.Stale, DeliveryDecider.Admit(failed, 1, endpointEnabled: true, Start).Kind);
        var told = DeliveryDecider.Finish(failed, Answer(200), Start, 0);
        Assert.Equal(AdmissionKind.Stale, DeliveryDecider.Admit(told, 2, endpointEnabled: true, Start).Kind);
    }

    [Fact]
    public void Starts_a_whole_new_round_when_it_is_redelivered()
    {
        var (dead, _) = Run(_ => Refused);
        var again = DeliveryDecider.Redeliver(dead, Start)!;
        Assert.Equal((DeliveryState.Pending, 0, (DeadReason?)null), (again.State, again.Failures, again.Dead));
        Assert.Equal(AdmissionKind.Stale, DeliveryDecider.Admit(again, dead.Ticket, true, Start).Kind);
        Assert.Equal(AdmissionKind.Attempt, DeliveryDecider.Admit(again, again.Ticket, true, Start).Kind);
        Assert.Equal(11, DeliveryDecider.Finish(again, Answer(200), Start, 0).AttemptCount);
    }

    [Fact]
    public void Sends_nothing_to_an_endpoint_that_is_switched_off()
    {
        var admission = DeliveryDecider.Admit(Fresh, 1, endpointEnabled: false, Start);
        Assert.Equal(AdmissionKind.GiveUp, admission.Kind);
        Assert.Equal(DeadReason.EndpointDisabled, admission.Delivery.Dead);
    }

    [Fact]
    public void Remembers_the_newest_attempts_only()
    {
        var delivery = Fresh;
        for (var i = 0; i < 50; i++)
        {
            delivery = DeliveryDecider.Redeliver(DeliveryDecider.Finish(delivery, Refused, Start, 0), Start)!;
        }

        Assert.Equal(50, delivery.AttemptCount);
        Assert.Equal(Enumerable.Range(31, 20), delivery.Attempts.Select(attempt => attempt.Number));
    }

    // The receiver decides by when it is asked; the times are those between attempts.
    private static (Delivery Delivery, List<TimeSpan> Times) Run(
        Func<TimeSpan, AttemptOutcome> receiver,
        double chance = 0
    )
    {
        var (delivery, now) = (Fresh, Start);
        List<TimeSpan> times = [TimeSpan.Zero];
        while (true)
        {
            var admission = DeliveryDecider.Admit(delivery, delivery.Ticket, endpointEnabled: true, now);
            Assert.Equal(AdmissionKind.Attempt, admission.Kind);
            delivery = DeliveryDecider.Finish(admission.Delivery, receiver(now - Start) with { At = now }, now, chance);
            if (delivery.NextAttemptAt is not { } next)
            {
                return (delivery, times);
            }

            times.Add(next - now);
            now = next;
        }
    }

    private static Delivery Fresh => new(new EventId("evt_1"), "room.created", Start, "{}");

    private static AttemptOutcome Refused => new(Start, TimeSpan.Zero, null, AttemptError.ConnectionFailed, null, null);

    private static AttemptOutcome Answer(int status) => new(Start, TimeSpan.Zero, status, null, null, null);
}
