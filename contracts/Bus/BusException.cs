namespace EventMeet.Contracts.Bus;

/// <summary>The bus could not do what it was asked.</summary>
public sealed class BusException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="BusException"/> class.</summary>
    public BusException() { }

    /// <summary>Initializes a new instance of the <see cref="BusException"/> class.</summary>
    /// <param name="message">What happened.</param>
    public BusException(string message)
        : base(message) { }

    /// <summary>Initializes a new instance of the <see cref="BusException"/> class.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public BusException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <summary>Initializes a new instance of the <see cref="BusException"/> class.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">What it came from.</param>
    public BusException(BusFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>Gets why.</summary>
    public BusFailure Failure { get; }

    /// <summary>Gets a value indicating whether the same call may work in a moment.</summary>
    public bool IsTransient => Failure is BusFailure.Unavailable or BusFailure.Busy;
}
