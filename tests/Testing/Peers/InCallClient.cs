using System.Text;
using System.Text.Json;
using EventMeet.Media.Sctp.DataChannels;
using EventMeet.Media.Values;

namespace EventMeet.Testing.Peers;

/// <summary>A synthetic participant's end of the in-call channel: keeps every message that came.</summary>
internal sealed class InCallClient(DataChannelSet channels)
{
    private const int MaxLength = 16 << 10;

    private readonly List<JsonElement> _messages = [];
    private readonly Queue<string> _waiting = new();
    private ushort? _stream;

    public bool IsOpen { get; private set; }

    /// <summary>Gets when the channel opened; never before.</summary>
    public MonotonicTime OpenedAt { get; private set; } = MonotonicTime.Never;

    /// <summary>Gets a value indicating whether the association has ended.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Gets everything that the server said, oldest first.</summary>
    public IReadOnlyList<JsonElement> Messages => _messages;

    /// <summary>Gets what was not as web/in-call.schema.json says.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Gets the messages of one type, oldest first.</summary>
    public IReadOnlyList<JsonElement> Of(string type) =>
        [.. _messages.Where(message => string.Equals(TypeOf(message), type, StringComparison.Ordinal))];

    public static string TypeOf(JsonElement message) => message.GetProperty("type").GetString()!;

    public void Open(MonotonicTime now)
    {
        var parameters = new DataChannelParameters { Label = "eventmeet", Protocol = "eventmeet.v1" };
        if (channels.TryOpen(parameters, now, out var stream))
        {
            _stream = stream;
        }
    }

    public void Say(string json, MonotonicTime now)
    {
        _waiting.Enqueue(json);
        Flush(now);
    }

    public void TakeEvents(MonotonicTime now)
    {
        while (channels.TryTakeEvent(out var taken))
        {
            switch (taken.Kind)
            {
                case DataChannelEventKind.Opened when taken.StreamId == _stream:
                    (IsOpen, OpenedAt) = (true, now);
                    break;
                case DataChannelEventKind.Message when taken.StreamId == _stream:
                    Take(taken.Payload.ToArray());
                    break;
                case DataChannelEventKind.AssociationLost:
                    (IsOpen, IsLost) = (false, true);
                    break;
                default:
                    break;
            }
        }

        Flush(now);
    }

    private void Take(byte[] text)
    {
        using var document = JsonDocument.Parse(text);
        var message = document.RootElement.Clone();
        _messages.Add(message);
        Complaints.AddRange(InCallSchema.Check(message));
        if (text.Length > MaxLength)
        {
            Complaints.Add($"A message of type {TypeOf(message)} has {text.Length} bytes.");
        }
    }

    private void Flush(MonotonicTime now)
    {
        while (IsOpen && _waiting.TryDequeue(out var text))
        {
            _ = channels.Send(_stream!.Value, isText: true, Encoding.UTF8.GetBytes(text), now);
        }
    }
}
