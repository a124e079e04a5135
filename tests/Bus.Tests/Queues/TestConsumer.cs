using EventMeet.Broker.Queues;

namespace EventMeet.Bus.Tests.Queues;

internal sealed class TestConsumer(int credit, bool settles = false) : IConsumer
{
    internal int Credit { get; set; } = credit;

    internal List<StoredMessage> Got { get; } = [];

    internal List<string> Events { get; } = [];

    public bool HasCredit => Credit > 0;

    public bool SettlesOnArrival => settles;

    internal StoredMessage Last => Got[^1];

    public void Deliver(StoredMessage message)
    {
        Credit--;
        Got.Add(message);
    }

    public void HandleSession(string sessionId, DateTimeOffset lockedUntil) => Events.Add("session " + sessionId);

    public void HandleNoSession() => Events.Add("no session");

    public void HandleSessionLost() => Events.Add("session lost");
}
