using EventMeet.Media.Packets;
using EventMeet.Media.Sctp;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Values;

namespace EventMeet.Media.Tests.Sctp;

/// <summary>One side of a test's association: its channels, and everything they have said so far.</summary>
internal sealed class SctpEndpoint
{
    private readonly byte[] _buffer;

    public SctpEndpoint(string name, bool isDtlsClient, SctpOptions options)
    {
        Name = name;
        _buffer = new byte[options.Mtu];
        Association = new(options);
        Channels = new(Association, isDtlsClient);
    }

    public string Name { get; }

    public SctpAssociation Association { get; }

    public DataChannelSet Channels { get; }

    /// <summary>Gets or sets a value indicating whether events are taken as they come.</summary>
    public bool TakesEvents { get; set; } = true;

    /// <summary>Gets the events in words: "up", "opened 1 chat", "text 1 hello", "closed 1", "lost AbortedByPeer".</summary>
    public List<string> Log { get; } = [];

    public List<(ushort StreamId, bool IsText, byte[] Payload)> Messages { get; } = [];

    public Dictionary<ushort, DataChannelParameters> Opened { get; } = [];

    public List<PacketFault> Faults { get; } = [];

    public void Handle(byte[] packet, MonotonicTime now)
    {
        var fault = Channels.HandlePacket(packet, now);
        if (fault != PacketFault.None)
        {
            Faults.Add(fault);
        }

        TakeEvents();
    }

    public void TakeEvents()
    {
        while (TakesEvents && Channels.TryTakeEvent(out var taken))
        {
            switch (taken.Kind)
            {
                case DataChannelEventKind.AssociationUp:
                    Log.Add("up");
                    break;
                case DataChannelEventKind.AssociationLost:
                    Log.Add($"lost {taken.Reason}");
                    break;
                case DataChannelEventKind.Opened:
                    Opened[taken.StreamId] = taken.Parameters!;
                    Log.Add($"opened {taken.StreamId} {taken.Parameters!.Label}");
                    break;
                case DataChannelEventKind.Message:
                    Messages.Add((taken.StreamId, taken.IsText, taken.Payload.ToArray()));
                    break;
                case DataChannelEventKind.Closed:
                    Log.Add($"closed {taken.StreamId}");
                    break;
                default:
                    throw new InvalidOperationException("An event without a test.");
            }
        }
    }

    public List<byte[]> TakePackets(MonotonicTime now)
    {
        var packets = new List<byte[]>();
        while (Channels.TryTakePacket(_buffer, now, out var length))
        {
            packets.Add(_buffer[..length]);
            Assert.True(packets.Count < 10_000, "An endpoint that never stops sending.");
        }

        return packets;
    }
}
