namespace EventMeet.Functions.Webhooks;

/// <summary>Every decision about a delivery: who may attempt it, when again, when it is over. Pure.</summary>
/* <code>
 *              ┌── failed, plan goes on ──┐
 *              ▼                          │                   ┌─ 2xx ─▶ delivered
 *   order ─▶ pending ── claim ─▶ attempt under way ─ outcome ─┤
 *              ▲                                              └─ 410, plan over, endpoint off ─▶ dead
 *              └────────────────────────── redeliver ──────────────────────────────────────────────┘
 * </code> */
internal static class DeliveryDecider
{
    private const int MostAttemptsShown = 20;
    private const double Jitter = 0.2;

    // Longer than an attempt takes, with everything around it: who has not come back by then never will.
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(40);

    /// <summary>Gets the longest Retry-After that is honoured.</summary>
    public static readonly TimeSpan MostRetryAfter = TimeSpan.FromHours(24);

    /// <summary>Gets how long after each failed attempt the next one follows (Standard Webhooks 1.0.0, "Deliverability").</summary>
    public static readonly IReadOnlyList<TimeSpan> Plan =
    [
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

    /// <summary>Decides what an order comes to.</summary>
    public static Admission Admit(Delivery delivery, int ticket, bool endpointEnabled, DateTimeOffset now)
    {
        if (delivery.State is not DeliveryState.Pending || delivery.Ticket != ticket)
        {
            return new Admission(AdmissionKind.Stale, delivery);
        }

        if (delivery.ClaimedUntil is { } until && until > now)
        {
            // The same order a second time, or the one at work has died: only then will it be needed.
            return new Admission(AdmissionKind.Later, delivery);
        }

        return endpointEnabled
            ? new Admission(AdmissionKind.Attempt, delivery with { ClaimedUntil = now + Claim })
            : new Admission(AdmissionKind.GiveUp, GiveUp(delivery, DeadReason.EndpointDisabled));
    }

    /// <summary>Takes in how an attempt went.</summary>
    /// <param name="delivery">As it was claimed.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="now">When it was over.</param>
    /// <param name="chance">0 to 1, for jitter: endpoints that failed together must not be tried together.</param>
    public static Delivery Finish(Delivery delivery, AttemptOutcome outcome, DateTimeOffset now, double chance)
    {
        Attempt attempt = new(
            delivery.AttemptCount + 1,
            outcome.At,
            (int)Math.Min(outcome.Duration.TotalMilliseconds, int.MaxValue),
            outcome.Status,
            outcome.Error,
            outcome.Response
        );
        var after = delivery with
        {
            ClaimedUntil = null,
            NextAttemptAt = null,
            AttemptCount = attempt.Number,
            Attempts = [.. delivery.Attempts.TakeLast(MostAttemptsShown - 1), attempt],
        };
        if (outcome.IsSuccess)
        {
            return after with { State = DeliveryState.Delivered, Dead = null };
        }

        var failures = delivery.Failures + 1;
        if (outcome.IsGone || failures > Plan.Count)
        {
            return GiveUp(
                after with
                {
                    Failures = failures,
                },
                outcome.IsGone ? DeadReason.EndpointGone : DeadReason.AttemptsExhausted
            );
        }

        var wait = Plan[failures - 1] * (1 + (Jitter * chance));
        if (outcome.RetryAfter is { } asked && asked > wait)
        {
            wait = asked < MostRetryAfter ? asked : MostRetryAfter;
        }

        return after with
        {
            Failures = failures,
            Ticket = delivery.Ticket + 1,
            NextAttemptAt = now + wait,
        };
    }

    /// <summary>Starts a new round at once, whatever came of the one before; null while an attempt is under way.</summary>
    public static Delivery? Redeliver(Delivery delivery, DateTimeOffset now) =>
        delivery.ClaimedUntil > now
            ? null
            : delivery with
            {
                State = DeliveryState.Pending,
                Ticket = delivery.Ticket + 1,
                Failures = 0,
                ClaimedUntil = null,
                NextAttemptAt = now,
                Dead = null,
            };

    private static Delivery GiveUp(Delivery delivery, DeadReason reason) =>
        delivery with
        {
            State = DeliveryState.Dead,
            Dead = reason,
            ClaimedUntil = null,
            NextAttemptAt = null,
        };
}

/// <summary>What an order comes to.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Delivery">The delivery as it shall be.</param>
internal readonly record struct Admission(AdmissionKind Kind, Delivery Delivery);

/// <summary>What to do with an order.</summary>
internal enum AdmissionKind
{
    /// <summary>Nothing: it is about what is over.</summary>
    Stale,

    /// <summary>Ask again when the claim is over.</summary>
    Later,

    /// <summary>Save the claim, then make the attempt.</summary>
    Attempt,

    /// <summary>Save that nothing will be sent.</summary>
    GiveUp,
}

/// <summary>How an attempt went.</summary>
/// <param name="At">When it began.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="Status">The HTTP status; null when there was no response.</param>
/// <param name="Error">Why there was none.</param>
/// <param name="Response">The beginning of the response's body.</param>
/// <param name="RetryAfter">How long the endpoint asked to be left alone.</param>
internal sealed record AttemptOutcome(
    DateTimeOffset At,
    TimeSpan Duration,
    int? Status,
    AttemptError? Error,
    string? Response,
    TimeSpan? RetryAfter
)
{
    /// <summary>Gets whether the endpoint has it. A redirect is none: nobody follows it.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Gets whether the endpoint wants no more, ever.</summary>
    public bool IsGone => Status is StatusCodes.Status410Gone;
}
