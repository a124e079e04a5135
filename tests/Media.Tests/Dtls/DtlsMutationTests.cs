using EventMeet.Media.Dtls;
using EventMeet.Media.Packets;

namespace EventMeet.Media.Tests.Dtls;

public sealed class DtlsMutationTests
{
    private const int MutatedDatagrams = 20_000;

    [Fact]
    public void Mutated_datagrams_throughout_live_handshakes_never_throw_and_never_connect_the_wrong_peer()
    {
        var random = new Random(20_260_101);
        var fed = 0;
        for (var seed = 1; fed < MutatedDatagrams; seed++)
        {
            using var conversation = new DtlsConversation(seed);
            conversation.Replace = (_, datagram) =>
            {
                var copies = Enumerable.Range(0, 20).Select(_ => Mutate(datagram, random)).ToList();
                fed += copies.Count;
                return [.. copies, datagram];
            };
            conversation.Start().RunFor(TimeSpan.FromMilliseconds(250));
            if (conversation.Server.State == DtlsState.Connected && conversation.Client.State == DtlsState.Connected)
            {
                Assert.Equal(
                    DtlsAssociationTests.Keys(conversation.Server),
                    DtlsAssociationTests.Keys(conversation.Client)
                );
            }

            Assert.All(conversation.Faults, fault => Assert.True(Enum.IsDefined(fault)));
        }
    }

    private static byte[] Mutate(byte[] datagram, Random random)
    {
        var mutated = (byte[])datagram.Clone();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            // Most of the structure is in the first bytes.
            var reach = random.Next(2) == 0 ? Math.Min(40, mutated.Length) : mutated.Length;
            mutated[random.Next(reach)] = (byte)random.Next(256);
        }

        return random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated;
    }
}
