namespace EventMeet.SelfTest;

/// <summary>The self-test cannot go on; the message is a sentence for whoever started it.</summary>
internal sealed class SelfTestException : Exception
{
    public SelfTestException() { }

    public SelfTestException(string message)
        : base(message) { }

    public SelfTestException(string message, Exception inner)
        : base(message, inner) { }
}
