using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Ice;

public sealed class IceLiteAgentTests
{
    private static readonly TransportAddress Home = TransportAddress.FromIPv4(0xC0000201, 1001);
    private static readonly TransportAddress Office = TransportAddress.FromIPv4(0xC0000202, 1002);

    private readonly IceCredentials _server = IceCredentials.Generate();
    private readonly IceLiteAgent _agent;

    public IceLiteAgentTests() =>
        _agent = new(_server, IceCredentials.Generate(), IceLiteOptions.Default, MonotonicTime.Zero);

    private IceCheck Check => new() { Server = _server };

    private IceCheck Nomination => Check with { Nominates = true };

    [Fact]
    public void A_check_validates_its_address_and_a_nomination_selects_it()
    {
        var answer = Check.SendTo(_agent, Home, At(1));
        Assert.Equal(
            new(
                PacketFault.None,
                StunMessageType.BindingSuccess,
                StunErrorCode.None,
                StunAttribute.MessageIntegrity,
                Home
            ),
            answer
        );
        Assert.True(_agent.IsValidated(Home));
        Assert.Equal(Home, _agent.Destination);
        Assert.Null(_agent.Selected);
        Assert.Equal([new(IceEventKind.AddressValidated, Home), State(IceState.Validated)], Events());

        _ = Nomination.SendTo(_agent, Home, At(2));
        Assert.Equal(Home, _agent.Selected);
        Assert.Equal([new(IceEventKind.SelectedChanged, Home), State(IceState.Connected)], Events());
    }

    [Fact]
    public void The_latest_nomination_wins_and_the_old_address_stays_valid_for_a_while()
    {
        _ = Nomination.SendTo(_agent, Home, At(1));
        _ = Nomination.SendTo(_agent, Office, At(2));
        Assert.Equal(Office, _agent.Selected);
        Assert.True(_agent.IsValidated(Home));

        _ = Check.SendTo(_agent, Office, At(25));
        _agent.Advance(At(31));
        Assert.False(_agent.IsValidated(Home));
        Assert.Equal(IceState.Connected, _agent.State);
        Assert.Contains(new(IceEventKind.AddressForgotten, Home), Events());
    }

    [Fact]
    public void A_request_for_sha_256_is_answered_with_it() =>
        Assert.Equal(
            StunAttribute.MessageIntegritySha256,
            (Check with { Integrity = StunAttribute.MessageIntegritySha256 }).SendTo(_agent, Home, At(1)).Integrity
        );

    [Fact]
    public void Refuses_as_the_rfc_says_and_learns_nothing_from_what_it_refuses()
    {
        Expect(Check with { Username = "" }, PacketFault.StunMissingAttribute, StunErrorCode.BadRequest);
        Expect(Check with { Integrity = null }, PacketFault.StunMissingAttribute, StunErrorCode.BadRequest);
        Expect(Check with { Username = "else:them" }, PacketFault.StunUnknownUsername, StunErrorCode.Unauthenticated);
        Expect(Check with { Username = _server.Ufrag }, PacketFault.StunUnknownUsername, StunErrorCode.Unauthenticated);
        Expect(Check with { Key = new byte[24] }, PacketFault.StunWrongIntegrity, StunErrorCode.Unauthenticated);
        Expect(
            Check with
            {
                Extra = (StunAttribute)0x7ABC,
            },
            PacketFault.StunUnknownAttribute,
            StunErrorCode.UnknownAttribute
        );
        Expect(Check with { Controlled = true }, PacketFault.StunUnexpectedMessage, StunErrorCode.RoleConflict);
        Assert.Equal(IceState.New, _agent.State);
        Assert.False(_agent.IsValidated(Home));
        Assert.Empty(Events());

        void Expect(IceCheck check, PacketFault fault, StunErrorCode error)
        {
            var answer = check.SendTo(_agent, Home, At(1));
            Assert.Equal((fault, StunMessageType.BindingError, error), (answer.Fault, answer.Type, answer.Error));
        }
    }

    [Fact]
    public void Stays_silent_to_indications_and_responses()
    {
        var indication = (Check with { Type = StunMessageType.BindingIndication }).SendTo(_agent, Home, At(1));
        var response = (Check with { Type = StunMessageType.BindingSuccess }).SendTo(_agent, Home, At(1));
        Assert.Equal((PacketFault.None, null), (indication.Fault, indication.Type));
        Assert.Equal((PacketFault.StunUnexpectedMessage, null), (response.Fault, response.Type));
        Assert.Equal(IceState.New, _agent.State);
    }

    [Fact]
    public void Disconnects_after_15_quiet_seconds_comes_back_with_a_check_and_fails_after_30()
    {
        _ = Nomination.SendTo(_agent, Home, At(10));
        Assert.Equal(new(At(25), WakeReason.Consent), _agent.NextTimeout);
        _agent.Advance(At(24.999));
        Assert.Equal(IceState.Connected, _agent.State);
        _agent.Advance(_agent.NextTimeout.At);
        Assert.Equal(IceState.Disconnected, _agent.State);

        _ = Check.SendTo(_agent, Home, At(30));
        Assert.Equal(IceState.Connected, _agent.State);
        _agent.Advance(At(45));
        Assert.Equal(new(At(60), WakeReason.Consent), _agent.NextTimeout);
        _agent.Advance(At(60));
        Assert.Equal(IceState.Failed, _agent.State);
        Assert.Equal(Deadline.None, _agent.NextTimeout);
        Assert.Null(_agent.Destination);
        Assert.Contains(new(IceEventKind.AddressForgotten, Home), Events());
    }

    [Fact]
    public void What_the_peers_keys_authenticate_keeps_it_alive_without_checks()
    {
        _agent.HandleTraffic(At(1)); // before a check nobody has keys
        Assert.Equal(IceState.New, _agent.State);
        _ = Nomination.SendTo(_agent, Home, At(10));
        for (var second = 11; second <= 100; second++)
        {
            _agent.HandleTraffic(At(second));
            _agent.Advance(At(second));
            Assert.Equal(IceState.Connected, _agent.State);
        }

        _agent.Advance(At(129.999));
        Assert.Equal(IceState.Disconnected, _agent.State);
        _agent.Advance(At(130));
        Assert.Equal(IceState.Failed, _agent.State);
        _agent.HandleTraffic(At(131));
        Assert.Equal(IceState.Failed, _agent.State);
    }

    [Fact]
    public void Checks_from_elsewhere_do_not_keep_the_selected_address_alive()
    {
        _ = Nomination.SendTo(_agent, Home, At(1));
        _ = Check.SendTo(_agent, Office, At(15));
        _agent.Advance(At(16));
        Assert.Equal(IceState.Disconnected, _agent.State);
    }

    [Fact]
    public void Fails_when_no_check_ever_comes()
    {
        Assert.Equal(new(At(30), WakeReason.Admission), _agent.NextTimeout);
        _agent.Advance(At(30));
        Assert.Equal([State(IceState.Failed)], Events());
        _ = Nomination.SendTo(_agent, Home, At(31));
        Assert.Equal(IceState.Failed, _agent.State);
    }

    [Fact]
    public void A_restart_keeps_the_old_path_until_the_new_credentials_nominate()
    {
        _ = Nomination.SendTo(_agent, Home, At(1));
        var renewed = IceCredentials.Generate();
        _agent.Restart(renewed, IceCredentials.Generate(), At(2));
        Assert.True(_agent.Honours(_server.UfragBytes) && _agent.Honours(renewed.UfragBytes));
        Assert.Equal(PacketFault.None, Check.SendTo(_agent, Home, At(3)).Fault);
        Assert.Equal((IceState.Connected, Home), (_agent.State, _agent.Selected));
        _ = Events();

        _ = new IceCheck { Server = renewed }.SendTo(_agent, Office, At(4));
        Assert.True(_agent.Honours(_server.UfragBytes));
        _ = new IceCheck { Server = renewed, Nominates = true }.SendTo(_agent, Office, At(5));
        Assert.Equal(Office, _agent.Selected);
        Assert.False(_agent.Honours(_server.UfragBytes));
        Assert.Contains(new(IceEventKind.CredentialsRetired, Ufrag: _server.Ufrag), Events());
        Assert.Equal(PacketFault.StunUnknownUsername, Check.SendTo(_agent, Home, At(6)).Fault);
    }

    [Fact]
    public void A_second_restart_forgets_the_credentials_that_never_worked()
    {
        _ = Nomination.SendTo(_agent, Home, At(1));
        var unused = IceCredentials.Generate();
        _agent.Restart(unused, IceCredentials.Generate(), At(2));
        _agent.Restart(IceCredentials.Generate(), IceCredentials.Generate(), At(3));
        Assert.True(_agent.Honours(_server.UfragBytes));
        Assert.False(_agent.Honours(unused.UfragBytes));
        Assert.Contains(new(IceEventKind.CredentialsRetired, Ufrag: unused.Ufrag), Events());
    }

    [Fact]
    public void A_restart_revives_a_failed_agent()
    {
        _agent.Advance(At(30));
        var renewed = IceCredentials.Generate();
        _agent.Restart(renewed, IceCredentials.Generate(), At(40));
        Assert.Equal(new(At(70), WakeReason.Admission), _agent.NextTimeout);
        _ = new IceCheck { Server = renewed, Nominates = true }.SendTo(_agent, Home, At(41));
        Assert.Equal(IceState.Connected, _agent.State);
    }

    [Fact]
    public void Keeps_eight_addresses_and_never_forgets_the_selected_one_for_a_new_one()
    {
        _ = Nomination.SendTo(_agent, Home, At(1));
        for (var port = 1; port <= 100; port++)
        {
            _ = Check.SendTo(_agent, Office with { Port = (ushort)port }, At(1 + (port * 0.01)));
            while (_agent.TryTakeEvent(out _)) { }
        }

        Assert.True(_agent.IsValidated(Home));
        Assert.Equal(
            7,
            Enumerable.Range(1, 100).Count(port => _agent.IsValidated(Office with { Port = (ushort)port }))
        );
        Assert.True(_agent.IsValidated(Office with { Port = 100 }));
        Assert.False(_agent.IsValidated(Office with { Port = 93 }));
    }

    [Theory]
    [InlineData(IceState.New, IceInput.Check, IceState.Validated)]
    [InlineData(IceState.New, IceInput.Nomination, IceState.Connected)]
    [InlineData(IceState.New, IceInput.QuietExpired, IceState.New)]
    [InlineData(IceState.Validated, IceInput.QuietExpired, IceState.Validated)]
    [InlineData(IceState.Validated, IceInput.ConsentExpired, IceState.Failed)]
    [InlineData(IceState.Connected, IceInput.Restart, IceState.Connected)]
    [InlineData(IceState.Disconnected, IceInput.Nomination, IceState.Connected)]
    [InlineData(IceState.Failed, IceInput.Nomination, IceState.Failed)]
    [InlineData(IceState.Failed, IceInput.Restart, IceState.New)]
    internal void The_machine_moves_as_its_table_says(IceState state, IceInput input, IceState next) =>
        Assert.Equal(next, IceStateMachine.Next(state, input));

    private static MonotonicTime At(double seconds) => MonotonicTime.Zero + TimeSpan.FromSeconds(seconds);

    private static IceEvent State(IceState state) => new(IceEventKind.StateChanged, State: state);

    private List<IceEvent> Events()
    {
        var events = new List<IceEvent>();
        while (_agent.TryTakeEvent(out var taken))
        {
            events.Add(taken);
        }

        return events;
    }
}
