namespace EventMeet.Broker.Durability;

/// <summary>What was found on disk.</summary>
/// <param name="NextSegment">The number that the next segment takes.</param>
/// <param name="Records">How many records were repeated.</param>
/// <param name="LostBytes">How many bytes at the end of the log were not a whole record.</param>
internal readonly record struct RecoveredLog(long NextSegment, long Records, long LostBytes);
