using EventMeet.Media.Ice;
using EventMeet.Media.Packets;
using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Ice;

/// <summary>A browser's check, written by hand so that each part can be wrong, and what came of it.</summary>
internal sealed record IceCheck
{
    public required IceCredentials Server { get; init; }

    public string? Username { get; init; }

    public byte[]? Key { get; init; }

    public bool Nominates { get; init; }

    public bool Controlled { get; init; }

    public StunAttribute? Integrity { get; init; } = StunAttribute.MessageIntegrity;

    public StunMessageType Type { get; init; } = StunMessageType.BindingRequest;

    public StunAttribute? Extra { get; init; }

    public IceAnswer SendTo(IceLiteAgent agent, TransportAddress from, MonotonicTime now)
    {
        var datagram = new byte[256];
        var writer = new StunWriter(datagram, Type, new(1, (ulong)now.Microseconds));
        var username = Username ?? $"{Server.Ufrag}:them";
        if (username.Length > 0)
        {
            writer.Add(StunAttribute.Username, System.Text.Encoding.ASCII.GetBytes(username));
        }

        writer.Add(StunAttribute.Priority, 0x6E0001FF);
        writer.Add(Controlled ? StunAttribute.IceControlled : StunAttribute.IceControlling, 42UL);
        if (Nominates)
        {
            writer.Add(StunAttribute.UseCandidate, []);
        }

        if (Extra is { } extra)
        {
            writer.Add(extra, 1u);
        }

        if (Integrity is { } algorithm)
        {
            writer.AddIntegrity(algorithm, Key ?? Server.PwdBytes.ToArray());
        }

        Assert.Equal(PacketFault.None, StunMessage.TryParse(datagram.AsSpan(0, writer.Finish()), out var message));
        var response = new byte[IceLiteAgent.MaxResponseLength];
        var fault = agent.HandleRequest(message, from, now, response, out var length);
        return IceAnswer.Read(fault, response.AsSpan(0, length), Server);
    }
}

internal sealed record IceAnswer(
    PacketFault Fault,
    StunMessageType? Type,
    StunErrorCode Error,
    StunAttribute? Integrity,
    TransportAddress Mapped
)
{
    public static IceAnswer Read(PacketFault fault, ReadOnlySpan<byte> response, IceCredentials server)
    {
        if (response.IsEmpty)
        {
            return new(fault, Type: null, StunErrorCode.None, Integrity: null, default);
        }

        Assert.Equal(PacketFault.None, StunMessage.TryParse(response, out var message));
        Assert.True(message.Has(StunAttribute.Fingerprint));
        Assert.True(!message.HasIntegrity || message.IsIntegrityValid(server.PwdBytes));
        _ = message.TryReadMappedAddress(out var mapped);
        StunAttribute? integrity = message.HasIntegrity ? message.IntegrityAlgorithm : null;
        return new(fault, message.Type, message.ErrorCode, integrity, mapped);
    }
}
