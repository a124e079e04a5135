namespace EventMeet.Benchmarks.LoadRunner;

/// <summary>How offers reach a server: WHIP (RFC 9725), WHEP, or one endpoint for both.</summary>
internal enum SignallingUse
{
    Publish,
    Play,
    Meet,
}
