using System.Globalization;
using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace EventMeet.Recorder.Tests.Storage;

/// <summary>One append blob behind the SDK's own pipeline, which fails as it is told to.</summary>
internal sealed class UnwillingStorage : HttpPipelineTransport
{
    private readonly Lock _lock = new();
    private List<byte>? _stored;

    public bool IsWilling { get; set; } = true;

    /// <summary>So many requests are served and their answers lost.</summary>
    public int LosesAnswers { get; set; }

    public IReadOnlyList<byte> Stored
    {
        get
        {
            lock (_lock)
            {
                return [.. _stored ?? []];
            }
        }
    }

    /// <summary>Keeps the first bytes only; 0: does not even know the blob.</summary>
    public void Forget(int remembered)
    {
        lock (_lock)
        {
            _stored = remembered == 0 ? null : _stored![..remembered];
        }
    }

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException();

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        lock (_lock)
        {
            if (!IsWilling)
            {
                message.Response = new Answer(HttpStatusCode.ServiceUnavailable, "ServerBusy");
                return default;
            }

            var answer = Serve(message.Request);
            if (LosesAnswers > 0)
            {
                LosesAnswers--;
                throw new HttpRequestException("The connection was reset.");
            }

            message.Response = answer;
            return default;
        }
    }

    private Answer Serve(Request request)
    {
        if (request.Method == RequestMethod.Head)
        {
            return _stored is null
                ? new(HttpStatusCode.NotFound, "BlobNotFound")
                : new(HttpStatusCode.OK, null, _stored.Count);
        }

        if (!request.Uri.Query.Contains("appendblock", StringComparison.Ordinal))
        {
            if (_stored is not null)
            {
                return new(HttpStatusCode.Conflict, "BlobAlreadyExists");
            }

            _stored = [];
            return new(HttpStatusCode.Created, null);
        }

        if (_stored is null)
        {
            return new(HttpStatusCode.NotFound, "BlobNotFound");
        }

        Assert.True(request.Headers.TryGetValue("x-ms-blob-condition-appendpos", out var place));
        if (long.Parse(place!, CultureInfo.InvariantCulture) != _stored.Count)
        {
            return new(HttpStatusCode.PreconditionFailed, "AppendPositionConditionNotMet");
        }

        using var content = new MemoryStream();
        request.Content!.WriteTo(content, default);
        _stored.AddRange(content.ToArray());
        return new(HttpStatusCode.Created, null);
    }

    private sealed class Answer : Response
    {
        private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);
        private readonly HttpStatusCode _status;

        public Answer(HttpStatusCode status, string? error, long length = 0)
        {
            _status = status;
            _headers["Content-Length"] = $"{length}";
            _headers["ETag"] = "\"1\"";
            _headers["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT";
            _headers["x-ms-creation-time"] = "Thu, 01 Jan 2026 00:00:00 GMT";
            if (error is not null)
            {
                _headers["x-ms-error-code"] = error;
            }
        }

        public override int Status => (int)_status;

        public override string ReasonPhrase => _status.ToString();

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => _headers.ContainsKey(name);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() =>
            _headers.Select(header => new HttpHeader(header.Key, header.Value));

        protected override bool TryGetHeader(string name, out string value) => _headers.TryGetValue(name, out value!);

        protected override bool TryGetHeaderValues(string name, out IEnumerable<string> values)
        {
            values = _headers.TryGetValue(name, out var value) ? [value] : [];
            return value is not null;
        }
    }
}
