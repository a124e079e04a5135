using EventMeet.Broker.Amqp.Types;

namespace EventMeet.Broker.Amqp;

/*  AMQP 1.0 section 2.7: each is a described list; fields are read in the order of the specification.  */

internal sealed record Open(string? ContainerId, uint MaxFrameSize, ushort ChannelMax, uint IdleTimeOutMilliseconds)
{
    internal static bool TryRead(AmqpReader reader, out Open open)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var containerId = fields.Text();
        fields.Text();
        open = new Open(
            containerId,
            fields.UInt() ?? uint.MaxValue,
            fields.UShort() ?? ushort.MaxValue,
            fields.UInt() ?? 0
        );
        return there && !fields.Failed;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Open);
        writer.String(ContainerId);
        writer.Null();
        writer.UInt(MaxFrameSize);
        writer.UShort(ChannelMax);
        writer.UInt(IdleTimeOutMilliseconds);
        writer.EndList();
    }
}

internal sealed record Begin(
    ushort? RemoteChannel,
    uint NextOutgoingId,
    uint IncomingWindow,
    uint OutgoingWindow,
    uint HandleMax
)
{
    internal static bool TryRead(AmqpReader reader, out Begin begin)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        begin = new Begin(
            fields.UShort(),
            fields.UInt() ?? 0,
            fields.UInt() ?? 0,
            fields.UInt() ?? 0,
            fields.UInt() ?? uint.MaxValue
        );
        return there && !fields.Failed;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Begin);
        writer.UShort(RemoteChannel);
        writer.UInt(NextOutgoingId);
        writer.UInt(IncomingWindow);
        writer.UInt(OutgoingWindow);
        writer.UInt(HandleMax);
        writer.EndList();
    }
}

internal sealed record Attach(string Name, uint Handle, bool IsReceiver)
{
    /// <summary>Gets the sender's settle mode: 0 unsettled, 1 settled, 2 mixed.</summary>
    internal byte SenderSettleMode { get; init; }

    /// <summary>Gets the receiver's settle mode: 0 first, 1 second.</summary>
    internal byte ReceiverSettleMode { get; init; }

    internal Described? Source { get; init; }

    internal Described? Target { get; init; }

    internal uint InitialDeliveryCount { get; init; }

    internal ulong MaxMessageSize { get; init; }

    internal AmqpMap? Properties { get; init; }

    internal static bool TryRead(AmqpReader reader, out Attach attach)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var name = fields.Text();
        var handle = fields.UInt();
        attach = new Attach(name ?? "", handle ?? 0, fields.Bool())
        {
            SenderSettleMode = fields.UByte() ?? 2,
            ReceiverSettleMode = fields.UByte() ?? 0,
            Source = fields.DescribedValue(),
            Target = fields.DescribedValue(),
        };
        fields.Any();
        fields.Any();
        attach = attach with
        {
            InitialDeliveryCount = fields.UInt() ?? 0,
            MaxMessageSize = fields.Any() as ulong? ?? 0,
        };
        fields.Any();
        fields.Any();
        attach = attach with { Properties = fields.Map() };
        return there && !fields.Failed && name is not null && handle is not null;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Attach);
        writer.String(Name);
        writer.UInt(Handle);
        writer.Bool(IsReceiver);
        writer.UByte(SenderSettleMode);
        writer.UByte(ReceiverSettleMode);
        writer.Value(Source);
        writer.Value(Target);
        writer.Null();
        writer.Null();
        writer.UInt(IsReceiver ? null : InitialDeliveryCount);
        writer.Value(MaxMessageSize == 0 ? null : MaxMessageSize);
        writer.Null();
        writer.Null();
        writer.Value(Properties);
        writer.EndList();
    }
}

internal readonly record struct Flow(
    uint? NextIncomingId,
    uint IncomingWindow,
    uint NextOutgoingId,
    uint OutgoingWindow,
    uint? Handle,
    uint? DeliveryCount,
    uint? LinkCredit,
    bool Drain,
    bool Echo
)
{
    internal static bool TryRead(AmqpReader reader, out Flow flow)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var nextIncomingId = fields.UInt();
        var incomingWindow = fields.UInt() ?? 0;
        var nextOutgoingId = fields.UInt() ?? 0;
        var outgoingWindow = fields.UInt() ?? 0;
        var handle = fields.UInt();
        var deliveryCount = fields.UInt();
        var linkCredit = fields.UInt();
        fields.Any();
        flow = new Flow(
            nextIncomingId,
            incomingWindow,
            nextOutgoingId,
            outgoingWindow,
            handle,
            deliveryCount,
            linkCredit,
            fields.Bool(),
            fields.Bool()
        );
        return there && !fields.Failed;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Flow);
        writer.UInt(NextIncomingId);
        writer.UInt(IncomingWindow);
        writer.UInt(NextOutgoingId);
        writer.UInt(OutgoingWindow);
        if (Handle is not null)
        {
            writer.UInt(Handle);
            writer.UInt(DeliveryCount);
            writer.UInt(LinkCredit);
            writer.Null();
            writer.Bool(Drain);
        }

        writer.EndList();
    }
}

internal readonly record struct Transfer(
    uint Handle,
    uint? DeliveryId,
    byte[]? DeliveryTag,
    uint? MessageFormat,
    bool Settled,
    bool More,
    bool Aborted
)
{
    /// <summary>Reads the performative; the payload begins where it ends.</summary>
    internal static bool TryRead(AmqpReader reader, out Transfer transfer, out int end)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var handle = fields.UInt();
        var deliveryId = fields.UInt();
        var tag = fields.Binary();
        var format = fields.UInt();
        var settled = fields.Bool();
        var more = fields.Bool();
        fields.Any();
        fields.Any();
        fields.Any();
        transfer = new Transfer(handle ?? 0, deliveryId, tag, format, settled, more, fields.Bool());
        return fields.TryFinish(out end) && there && handle is not null;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Transfer);
        writer.UInt(Handle);
        writer.UInt(DeliveryId);
        if (DeliveryTag is null)
        {
            writer.Null();
        }
        else
        {
            writer.Binary(DeliveryTag);
        }

        writer.UInt(MessageFormat);
        writer.Bool(Settled);
        writer.Bool(More);
        writer.EndList();
    }
}

internal readonly record struct Disposition(bool IsReceiver, uint First, uint Last, bool Settled, Described? State)
{
    internal static bool TryRead(AmqpReader reader, out Disposition disposition)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var isReceiver = fields.Bool();
        var first = fields.UInt();
        disposition = new Disposition(
            isReceiver,
            first ?? 0,
            fields.UInt() ?? first ?? 0,
            fields.Bool(),
            fields.DescribedValue()
        );
        return there && !fields.Failed && first is not null;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Disposition);
        writer.Bool(IsReceiver);
        writer.UInt(First);
        writer.UInt(Last);
        writer.Bool(Settled);
        writer.Value(State);
        writer.EndList();
    }
}

internal sealed record Detach(uint Handle, bool Closed, AmqpError? Error)
{
    internal static bool TryRead(AmqpReader reader, out Detach detach)
    {
        var there = FieldReader.TryOpen(reader, out var fields);
        var handle = fields.UInt();
        detach = new Detach(handle ?? 0, fields.Bool(), AmqpError.From(fields.Any()));
        return there && !fields.Failed && handle is not null;
    }

    internal void Write(AmqpWriter writer)
    {
        writer.BeginList(Descriptors.Detach);
        writer.UInt(Handle);
        writer.Bool(Closed);
        writer.Value(Error?.ToValue());
        writer.EndList();
    }
}
