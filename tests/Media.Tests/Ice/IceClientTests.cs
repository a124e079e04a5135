using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Ice;

public sealed class IceClientTests
{
    private static readonly TransportAddress Server = TransportAddress.FromIPv4(0x7F000001, 8401);
    private static readonly TransportAddress Public = TransportAddress.FromIPv4(0xC0000201, 1001);

    private readonly IceCredentials _ours = IceCredentials.Generate();
    private readonly IceCredentials _theirs = IceCredentials.Generate();
    private readonly IceLiteAgent _agent;
    private readonly IceClient _client;
    private MonotonicTime _now;

    public IceClientTests()
    {
        _agent = new(_theirs, _ours, IceLiteOptions.Default, MonotonicTime.Zero);
        _client = new(_ours, _theirs, Server, MonotonicTime.Zero);
    }

    [Fact]
    public void Connects_with_one_check_and_keeps_consent_for_an_hour()
    {
        Assert.Equal(1, Exchange());
        Assert.Equal(IceClientState.Connected, _client.State);
        Assert.Equal(Public, _client.MappedAddress);
        Assert.Equal((IceState.Connected, Public), (_agent.State, _agent.Selected));

        var checks = 0;
        while (_now < MonotonicTime.Zero + TimeSpan.FromHours(1))
        {
            Step();
            checks += Exchange();
        }

        Assert.InRange(checks, 3600 / 6, 3600 / 4);
        Assert.Equal((IceClientState.Connected, IceState.Connected), (_client.State, _agent.State));
    }

    [Fact]
    public void Survives_the_loss_of_every_fifth_datagram_each_way()
    {
        var random = new Random(11);
        while (_now < MonotonicTime.Zero + TimeSpan.FromMinutes(2))
        {
            _ = Exchange(lose: () => random.Next(5) == 0);
            Step();
        }

        Assert.Equal(IceClientState.Connected, _client.State);
    }

    [Fact]
    public void Fails_thirty_seconds_after_the_last_answer()
    {
        _ = Exchange();
        while (_client.State == IceClientState.Connected)
        {
            Step();
            _ = Exchange(lose: () => true);
        }

        Assert.Equal(30_000_000, _now.Microseconds);
    }

    [Fact]
    public void Fails_when_nobody_answers()
    {
        while (_client.State == IceClientState.Checking)
        {
            _ = Exchange(lose: () => true);
            Step();
        }

        Assert.Equal(39_500_000, _now.Microseconds);
        Assert.Equal(Deadline.None, _client.NextTimeout);
    }

    [Fact]
    public void Fails_when_its_credentials_are_refused()
    {
        _agent.Restart(IceCredentials.Generate(), _ours, _now);
        _agent.Restart(IceCredentials.Generate(), _ours, _now);
        _client.Restart(_ours, IceCredentials.Generate(), _now);
        _ = Exchange();
        Assert.Equal((IceClientState.Failed, StunErrorCode.Unauthenticated), (_client.State, _client.Refusal));
    }

    [Fact]
    public void Follows_a_restart()
    {
        _ = Exchange();
        var renewed = IceCredentials.Generate();
        _agent.Restart(renewed, _ours, _now);
        _client.Restart(_ours, renewed, _now);
        Assert.Equal(1, Exchange());
        Assert.Equal(IceClientState.Connected, _client.State);
        Assert.False(_agent.Honours(_theirs.UfragBytes));
    }

    [Fact]
    public void Refuses_answers_from_elsewhere_answers_to_nothing_and_forged_ones()
    {
        Span<byte> request = stackalloc byte[IceClient.MaxRequestLength];
        Assert.True(_client.TryTakeDatagram(request, out var length));
        _ = StunMessage.TryParse(request[..length], out var message);
        Span<byte> response = stackalloc byte[IceLiteAgent.MaxResponseLength];
        _ = _agent.HandleRequest(message, Public, _now, response, out var responseLength);
        response = response[..responseLength];
        Assert.Equal(PacketFault.StunUnexpectedMessage, _client.HandleDatagram(response, Public, _now));

        var forged = new byte[IceLiteAgent.MaxResponseLength];
        var forgedLength = IceResponse.Write(forged, message, Public, StunErrorCode.None, IceCredentials.Generate());
        Assert.Equal(
            PacketFault.StunWrongIntegrity,
            _client.HandleDatagram(forged.AsSpan(0, forgedLength), Server, _now)
        );
        Assert.Equal(PacketFault.StunUnexpectedMessage, _client.HandleDatagram(request[..length], Server, _now));
        Assert.Equal(IceClientState.Checking, _client.State);
        Assert.Equal(PacketFault.None, _client.HandleDatagram(response, Server, _now));
    }

    private void Step()
    {
        _now = Deadline.Soonest(_client.NextTimeout, new(_now + TimeSpan.FromSeconds(1), WakeReason.None)).At;
        _client.Advance(_now);
        _agent.Advance(_now);
        while (_agent.TryTakeEvent(out _)) { }
    }

    private int Exchange(Func<bool>? lose = null)
    {
        var sent = 0;
        Span<byte> request = stackalloc byte[IceClient.MaxRequestLength];
        Span<byte> response = stackalloc byte[IceLiteAgent.MaxResponseLength];
        while (_client.TryTakeDatagram(request, out var length))
        {
            sent++;
            if (lose?.Invoke() == true)
            {
                continue;
            }

            Assert.Equal(PacketFault.None, StunMessage.TryParse(request[..length], out var message));
            _ = _agent.HandleRequest(message, Public, _now, response, out var responseLength);
            while (_agent.TryTakeEvent(out _)) { }
            if (lose?.Invoke() != true)
            {
                Assert.Equal(PacketFault.None, _client.HandleDatagram(response[..responseLength], Server, _now));
            }
        }

        return sent;
    }
}
