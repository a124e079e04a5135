using System.Buffers.Binary;
using EventMeet.Broker.Amqp;
using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Bus.Tests.Amqp;

/// <summary>What a client would send, frame by frame.</summary>
internal sealed class ClientBytes
{
    private readonly GrowingBuffer _bytes = new(1024);

    internal byte[] All => _bytes.Written.ToArray();

    internal static byte[] Header(byte id) => [(byte)'A', (byte)'M', (byte)'Q', (byte)'P', id, 1, 0, 0];

    internal ClientBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    internal ClientBytes Frame(byte type, Action<AmqpWriter> write, ReadOnlySpan<byte> payload = default)
    {
        var body = new AmqpWriter();
        write(body);
        var header = _bytes.Reserve(8);
        BinaryPrimitives.WriteInt32BigEndian(header, 8 + body.Buffer.Length + payload.Length);
        header[4] = 2;
        header[5] = type;
        header[6] = header[7] = 0;
        _bytes.Write(body.Buffer.Written);
        _bytes.Write(payload);
        return this;
    }

    /// <summary>Everything up to an open session with SASL PLAIN.</summary>
    internal ClientBytes Opened(string keyName, string key) =>
        Raw(Header(3))
            .Frame(
                1,
                writer =>
                {
                    writer.BeginList(Descriptors.SaslInit);
                    writer.Symbol("PLAIN");
                    writer.Binary(System.Text.Encoding.UTF8.GetBytes($"\0{keyName}\0{key}"));
                    writer.EndList();
                }
            )
            .Raw(Header(0))
            .Frame(0, writer => new Open("test", 65536, 10, 0).Write(writer))
            .Frame(0, writer => new Begin(null, 0, 1000, 1000, 100).Write(writer));

    internal ClientBytes Sender(uint handle, string address) =>
        Frame(
            0,
            writer =>
                new Attach($"s{handle}", handle, IsReceiver: false)
                {
                    Source = new Described(Descriptors.Source, Array.Empty<object?>()),
                    Target = new Described(Descriptors.Target, new object?[] { address }),
                }.Write(writer)
        );

    internal ClientBytes Receiver(uint handle, string address, uint credit) =>
        Frame(
                0,
                writer =>
                    new Attach($"r{handle}", handle, IsReceiver: true)
                    {
                        ReceiverSettleMode = 1,
                        Source = new Described(Descriptors.Source, new object?[] { address }),
                        Target = new Described(Descriptors.Target, Array.Empty<object?>()),
                    }.Write(writer)
            )
            .Credit(handle, 0, credit, drain: false);

    internal ClientBytes Credit(uint handle, uint deliveryCount, uint credit, bool drain) =>
        Frame(0, writer => new Flow(0, 1000, 0, 1000, handle, deliveryCount, credit, drain, false).Write(writer));

    internal ClientBytes Transfer(uint handle, uint id, bool more, ReadOnlySpan<byte> payload) =>
        Frame(0, writer => new Transfer(handle, id, [(byte)id], 0, false, more, false).Write(writer), payload);

    internal ClientBytes Settle(uint id, Described outcome) =>
        Frame(0, writer => new Disposition(true, id, id, false, outcome).Write(writer));

    internal static byte[] Message(string id, int bodyLength)
    {
        var writer = new AmqpWriter();
        writer.Descriptor(Descriptors.Properties);
        writer.Value(new object?[] { id });
        writer.Descriptor(Descriptors.Data);
        writer.Value(new byte[bodyLength]);
        return writer.ToArray();
    }
}
