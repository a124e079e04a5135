using System.Text.Json;

namespace EventMeet.Functions.Hosting;

/// <summary>The one place where a refusal becomes HTTP: status, stable type, title, and what to do (RFC 9457).</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    // A URN: stable without owning a domain that must answer for as long as the product lives.
    private const string TypePrefix = "urn:eventmeet:problem:";

    /// <summary>Gets the HTTP status of a refusal.</summary>
    public static int StatusOf(Refusal refusal) => Describe(refusal).Status;

    /// <summary>Gets the refusal's type URI: the same for ever, whatever the title says.</summary>
    public static string TypeOf(Refusal refusal) => TypePrefix + KebabOf(refusal.ToString());

    /// <summary>Writes the problem as UTF-8 JSON.</summary>
    public static byte[] Write(Problem problem, string instance, string traceId)
    {
        var (status, title, detail) = Describe(problem.Refusal);
        var document = new ProblemDocument(
            TypeOf(problem.Refusal),
            title,
            status,
            problem.Detail ?? detail,
            instance,
            traceId,
            problem.Errors.Count == 0 ? null : problem.Errors
        );
        return JsonSerializer.SerializeToUtf8Bytes(document, HostingJsonContext.Default.ProblemDocument);
    }

    private static (int Status, string Title, string Detail) Describe(Refusal refusal) =>
        refusal switch
        {
            Refusal.MalformedRequest => (400, "Malformed request", "Check the URL, headers and body."),
            Refusal.MalformedJson => (400, "Malformed JSON", "Send one JSON object in UTF-8."),
            Refusal.InvalidFields => (422, "Invalid fields", "Correct the fields listed in errors."),
            Refusal.InvalidQuery => (400, "Invalid query", "Correct the query parameters listed in errors."),
            Refusal.NotFound => (404, "Not found", "There is nothing at this URL."),
            Refusal.MethodNotAllowed => (405, "Method not allowed", "Use a method that the Allow header lists."),
            Refusal.BodyTooLarge => (413, "Body too large", "Send a smaller body."),
            Refusal.UnsupportedMediaType => (415, "Unsupported media type", "Send another Content-Type."),
            Refusal.PreconditionFailed => (412, "Precondition failed", "It has changed since; read it again."),
            Refusal.PreconditionRequired => (428, "Precondition required", "Send If-Match with the ETag you know."),
            Refusal.IdempotencyKeyInvalid => (400, "Invalid Idempotency-Key", "Send 1 to 255 visible characters."),
            Refusal.IdempotencyKeyReused => (
                422,
                "Idempotency-Key reused",
                "This key was used for another request; use a new key for a new request."
            ),
            Refusal.IdempotencyInProgress => (
                409,
                "First request still running",
                "A request with this Idempotency-Key is being worked on; try again shortly."
            ),
            Refusal.TooManyRequests => (429, "Too many requests", "Wait as long as Retry-After says."),
            Refusal.CredentialsMissing => (
                401,
                "Credentials missing",
                "Send Authorization: Bearer with an API key or a token."
            ),
            Refusal.CredentialsInvalid => (401, "Credentials invalid", "The key is unknown or its secret is wrong."),
            Refusal.KeyRevoked => (401, "Key revoked", "This API key was deleted; use another."),
            Refusal.WrongCredentialKind => (403, "Wrong kind of credential", "This route takes another credential."),
            Refusal.TokenMalformed => (401, "Token malformed", "The bearer token is not a signed JWT (RFC 7519)."),
            Refusal.TokenAlgorithm => (401, "Token algorithm refused", "Sign tokens with HS256."),
            Refusal.TokenSignature => (401, "Token signature wrong", "Sign the token with its own key's secret."),
            Refusal.TokenExpired => (401, "Token expired", "Ask for a new token."),
            Refusal.TokenWithoutExpiry => (401, "Token without expiry", "Give the token an exp, at most 24 h ahead."),
            Refusal.TokenNotYetValid => (401, "Token not yet valid", "Its nbf or iat is in the future."),
            Refusal.TokenLifetimeTooLong => (401, "Token lives too long", "Make tokens for at most 24 h."),
            Refusal.TokenWithoutIdentity => (401, "Token without identity", "Put the participant's identity in sub."),
            Refusal.TokenWithoutRoom => (401, "Token without room", "Put the room's id or name in video.room."),
            Refusal.TokenWrongRoom => (403, "Token is for another room", "Ask for a token for this room."),
            Refusal.TokenNotForJoining => (403, "Token is not for joining", "Set video.roomJoin in the token."),
            Refusal.NotAllowed => (403, "Not allowed", "The token's grants do not allow this."),
            Refusal.KeyNotFound => (404, "Key not found", "There is no such API key."),
            Refusal.RoomNotFound => (404, "Room not found", "There is no such room."),
            Refusal.RoomNameTaken => (409, "Room name taken", "A room with this name exists; use it, or end it first."),
            Refusal.RoomEnded => (409, "Room ended", "The meeting is over; make a new room."),
            Refusal.RoomEnding => (409, "Room ending", "The meeting is being ended; make a new room."),
            Refusal.RoomNotOpenYet => (409, "Room not open yet", "Come back when it starts."),
            Refusal.RoomFull => (409, "Room full", "The room has as many participants as it may have."),
            Refusal.ParticipantNotFound => (404, "Participant not found", "Nobody of this id is in the room."),
            Refusal.SdpMalformed => (400, "Malformed SDP", "The body is not a session description (RFC 8866)."),
            Refusal.SdpUnusable => (422, "Offer cannot be answered", "The offer asks for what is not served."),
            Refusal.SessionNotFound => (404, "Session not found", "It ended or never was; post a new offer."),
            Refusal.NoWorker => (
                503,
                "No media worker",
                "No worker can take the room now; try again as Retry-After says."
            ),
            Refusal.EventNotFound => (404, "Event not found", "There is no such event, or it is no longer kept."),
            Refusal.WebhookNotFound => (404, "Webhook not found", "There is no such endpoint."),
            Refusal.WebhookDisabled => (409, "Webhook disabled", "Set enabled to true first."),
            Refusal.TooManyWebhooks => (409, "Too many webhooks", "Delete endpoints that you no longer need."),
            Refusal.DeliveryNotFound => (404, "Delivery not found", "There is none, or it is no longer kept."),
            Refusal.DeliveryUnderWay => (409, "Delivery under way", "An attempt is being made; wait for its outcome."),
            Refusal.RecordingNotFound => (404, "Recording not found", "There is no such recording."),
            Refusal.RecordingOff => (
                403,
                "Recording is off",
                "Set the room's recording.policy to manual or automatic."
            ),
            Refusal.TooManyRecordings => (409, "Too many recordings", "Stop one of the room's recordings first."),
            Refusal.RecordingNotRunning => (
                409,
                "Recording not running",
                "Only one that runs can be paused or resumed."
            ),
            Refusal.RecordingNotOver => (409, "Recording not over", "Wait until it is completed or failed."),
            Refusal.RecordingDeleted => (409, "Recording deleted", "Its files are gone."),
            Refusal.RecordingEmpty => (409, "Recording is empty", "It has no tracks of which something could be made."),
            Refusal.CompositeNotFound => (404, "Composite not found", "The recording has no such composite."),
            Refusal.TooManyComposites => (409, "Too many composites", "Delete some, or wait until some are made."),
            Refusal.ConcurrentChange => (409, "Changed at the same time", "Others changed it too; try again."),
            Refusal.StorageUnavailable => (503, "Storage unavailable", "Try again as Retry-After says."),
            Refusal.BusUnavailable => (503, "Message bus unavailable", "Try again as Retry-After says."),
            Refusal.TimedOut => (503, "Timed out", "It took too long; try again as Retry-After says."),
            Refusal.InternalError => (500, "Internal error", "This is our fault; tell us the traceId."),
            Refusal.None => throw new ArgumentOutOfRangeException(nameof(refusal), "None is no refusal."),
            _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "A refusal without a description."),
        };

    private static string KebabOf(string name) =>
        string.Concat(
            name.Select(
                (character, index) =>
                    char.IsUpper(character)
                        ? (index == 0 ? "" : "-") + char.ToLowerInvariant(character)
                        : character.ToString()
            )
        );
}
