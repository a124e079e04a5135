using System.Buffers;
using Microsoft.Net.Http.Headers;

namespace EventMeet.Functions.Hosting;

/// <summary>Reads a request's body within the route's limits.</summary>
internal static class BodyReader
{
    /// <summary>Reads the whole body, or says why not.</summary>
    public static async Task<(Reply? Refused, ReadOnlyMemory<byte> Body)> ReadAsync(
        HttpRequest request,
        HttpMethodDefinition method,
        CancellationToken cancellationToken
    )
    {
        if (method.AnyBody)
        {
            return (null, default);
        }

        if (request.ContentLength > method.MaxBody)
        {
            return (TooLarge(method), default);
        }

        var (whole, body) = await TryReadAsync(request, method.MaxBody, cancellationToken);
        if (!whole)
        {
            return (TooLarge(method), default);
        }

        if (body.Length == 0 && (method.Accepts.Count == 0 || method.BodyOptional))
        {
            return (null, body);
        }

        if (method.Accepts.Count == 0)
        {
            return (Reply.Refused(Refusal.MalformedRequest, "This request takes no body."), default);
        }

        return Takes(request, method) ? (null, body) : (UnsupportedType(request, method), default);
    }

    private static async Task<(bool Whole, ReadOnlyMemory<byte> Body)> TryReadAsync(
        HttpRequest request,
        int limit,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > limit)
            {
                return (false, default);
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return (true, body);
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool Takes(HttpRequest request, HttpMethodDefinition method)
    {
        var compressed = request.Headers.ContentEncoding.ToString() is not ("" or "identity");
        return !compressed && method.Accepts.Contains(HttpCall.MediaTypeOf(request), StringComparer.Ordinal);
    }

    private static Reply TooLarge(HttpMethodDefinition method) =>
        Reply.Refused(Refusal.BodyTooLarge, $"The body may have at most {method.MaxBody / 1024} KiB.");

    // RFC 9110 section 15.5.16 and RFC 5789 section 3.1: say what would have been taken.
    private static Reply UnsupportedType(HttpRequest request, HttpMethodDefinition method)
    {
        var accepted = string.Join(", ", method.Accepts);
        var header = HttpMethods.IsPatch(request.Method) ? "Accept-Patch" : "Accept-Post";
        return Reply
            .Refused(Refusal.UnsupportedMediaType, $"Send Content-Type: {string.Join(" or ", method.Accepts)}.")
            .With(header, accepted)
            .With(HeaderNames.Accept, accepted);
    }
}
