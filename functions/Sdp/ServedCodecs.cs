using System.Globalization;
using EventMeet.Contracts.Messages;

namespace EventMeet.Functions.Sdp;

/// <summary>The codecs that are served: to serve another one, add its row here.</summary>
internal static class ServedCodecs
{
    private static readonly string[] VideoFeedback = ["transport-cc", "goog-remb", "ccm fir", "nack", "nack pli"];

    /// <summary>All rows.</summary>
    public static readonly IReadOnlyList<ServedCodec> All =
    [
        new(MediaKind.Video, "VP8", 90_000, 0, VideoFeedback, static _ => null, static _ => true),
        new(MediaKind.Audio, "opus", 48_000, 2, ["transport-cc"], AnswerOpus, static _ => true),
    ];

    /// <summary>Gets the names for a sentence: "VP8 video and opus audio".</summary>
    public static string Sentence { get; } =
        string.Join(
            " and ",
            All.Select(codec => codec.Kind is MediaKind.Audio ? $"{codec.Name} audio" : $"{codec.Name} video")
        );

    /// <summary>Finds the row for an offered codec; null when it is not served.</summary>
    public static ServedCodec? Find(MediaKind kind, OfferedCodec offered) =>
        All.FirstOrDefault(codec =>
            codec.Kind == kind
            && codec.Name.Equals(offered.Name, StringComparison.OrdinalIgnoreCase)
            && codec.ClockRate == offered.ClockRate
            && codec.Serves(offered.Parameters)
        );

    /*  RFC 7587 section 7: the answer says what this side wants to get; a forwarder wants what its listeners want.
        In-band FEC always, since it costs little and heals single losses; DTX and stereo when the client offers them. */
    private static string AnswerOpus(FormatParameters offered)
    {
        List<string> parameters = [];
        if (
            offered["minptime"] is { } shortest
            && int.TryParse(shortest, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is >= 3 and <= 120
        )
        {
            parameters.Add($"minptime={milliseconds}");
        }

        parameters.Add("useinbandfec=1");
        foreach (var name in (string[])["stereo", "usedtx"])
        {
            if (offered[name] is "1")
            {
                parameters.Add($"{name}=1");
            }
        }

        return string.Join(';', parameters);
    }
}

/// <summary>One codec that the media workers forward.</summary>
/// <param name="Kind">Audio or video.</param>
/// <param name="Name">The registered encoding name.</param>
/// <param name="ClockRate">Hz.</param>
/// <param name="Channels">Audio channels; 0 for video.</param>
/// <param name="Feedback">RTCP feedback that is kept when offered, in the answer's order.</param>
/// <param name="Answer">The answer's format parameters; null leaves the fmtp line out.</param>
/// <param name="Serves">Tells whether this variant of the codec is served, by its format parameters.</param>
internal sealed record ServedCodec(
    MediaKind Kind,
    string Name,
    int ClockRate,
    int Channels,
    IReadOnlyList<string> Feedback,
    Func<FormatParameters, string?> Answer,
    Func<FormatParameters, bool> Serves
);
