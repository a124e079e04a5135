namespace EventMeet.Benchmarks.FanOut;

/// <summary>One row of the fan-out loop's comparison, in nanoseconds of the thread's CPU time per forwarded packet.</summary>
/// <param name="PacketsPerPicture">How long trains are.</param>
/// <param name="Engine">Without sending.</param>
/// <param name="Loop">With sending.</param>
/// <param name="BestFloor">The same loop in the best C that we know (VAES); endless where the floor is not there.</param>
/// <param name="OpenSslFloor">The same loop in C with OpenSSL; likewise.</param>
internal sealed record FanOutResult(
    int PacketsPerPicture,
    double Engine,
    double Loop,
    double BestFloor,
    double OpenSslFloor
);
