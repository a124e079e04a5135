using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp.Messages;

/*  AMQP 1.0 section 3.2: | header 70? | delivery-annotations 71? | message-annotations 72? |
                          | properties 73? | application-properties 74? | data 75* or sequence 76* or value 77 | footer 78? |  */

/// <summary>Goes over a message's sections without looking into them.</summary>
internal ref struct SectionReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    internal readonly bool AtEnd => _position == _message.Length;

    internal readonly int Position => _position;

    /// <summary>Takes the next section: its descriptor, all its bytes, and those of its value.</summary>
    internal bool TryNext(out ulong descriptor, out ReadOnlySpan<byte> section, out ReadOnlySpan<byte> value)
    {
        section = value = default;
        var reader = new AmqpReader(_message[_position..]);
        if (!reader.TryDescriptor(out descriptor))
        {
            return false;
        }

        var valueStart = reader.Position;
        if (!reader.TrySkip())
        {
            return false;
        }

        section = _message.Slice(_position, reader.Position);
        value = section[valueStart..];
        _position += reader.Position;
        return true;
    }
}
