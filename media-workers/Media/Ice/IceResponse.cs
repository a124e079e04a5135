using EventMeet.Media.Stun;
using EventMeet.Media.Values;

namespace EventMeet.Media.Ice;

/// <summary>Writes what a lite agent answers to a Binding request (RFC 8489 section 6.3, RFC 8445 section 7.3.1).</summary>
internal static class IceResponse
{
    /// <summary>Writes a response and returns its length in bytes.</summary>
    /// <param name="destination">At least <see cref="IceLiteAgent.MaxResponseLength"/> bytes.</param>
    /// <param name="request">What is answered.</param>
    /// <param name="remote">Where it came from: the reflexive address.</param>
    /// <param name="error">Why it is refused; none for success.</param>
    /// <param name="credentials">Whose password protects the response; null when the request was not authenticated.</param>
    public static int Write(
        Span<byte> destination,
        in StunMessage request,
        TransportAddress remote,
        StunErrorCode error,
        IceCredentials? credentials
    )
    {
        var type = error == StunErrorCode.None ? StunMessageType.BindingSuccess : StunMessageType.BindingError;
        var writer = new StunWriter(destination, type, request.TransactionId);
        if (error == StunErrorCode.None)
        {
            writer.AddXorMappedAddress(remote);
        }
        else
        {
            writer.AddErrorCode(error);
        }

        if (error == StunErrorCode.UnknownAttribute)
        {
            writer.AddUnknownAttributes(request);
        }

        if (credentials is not null)
        {
            writer.AddIntegrity(request.IntegrityAlgorithm, credentials.PwdBytes);
        }

        return writer.Finish();
    }
}
