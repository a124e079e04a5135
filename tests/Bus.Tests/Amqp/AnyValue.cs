namespace EventMeet.Bus.Tests.Amqp;

public sealed record AnyValue(object? Value);
