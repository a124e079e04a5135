namespace EventMeet.Testing.Fuzzing;

/// <summary>A target did not survive an input.</summary>
public sealed class FuzzException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="FuzzException"/> class.</summary>
    public FuzzException() { }

    /// <summary>Initializes a new instance of the <see cref="FuzzException"/> class.</summary>
    public FuzzException(string message)
        : base(message) { }

    /// <summary>Initializes a new instance of the <see cref="FuzzException"/> class.</summary>
    public FuzzException(string message, Exception inner)
        : base(message, inner) { }
}
