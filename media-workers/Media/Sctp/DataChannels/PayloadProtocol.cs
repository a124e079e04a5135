namespace EventMeet.Media.Sctp.DataChannels;

/// <summary>SCTP payload protocol identifiers of data channels (RFC 8831 section 8).</summary>
internal static class PayloadProtocol
{
    /// <summary>The Data Channel Establishment Protocol.</summary>
    public const uint Dcep = 50;

    /// <summary>UTF-8 text.</summary>
    public const uint Text = 51;

    /// <summary>Part of a binary message; deprecated, not taken.</summary>
    public const uint BinaryPartial = 52;

    /// <summary>Bytes.</summary>
    public const uint Binary = 53;

    /// <summary>Part of a text; deprecated, not taken.</summary>
    public const uint TextPartial = 54;

    /// <summary>An empty text: one byte, to be ignored, stands in.</summary>
    public const uint EmptyText = 56;

    /// <summary>No bytes: one byte, to be ignored, stands in.</summary>
    public const uint EmptyBinary = 57;
}
