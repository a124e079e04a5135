namespace EventMeet.Functions.Tests.Fakes;

/// <summary>What was asked of storage and bus: each is an operation that is billed.</summary>
/// <param name="Reads">Rows read by name.</param>
/// <param name="Lists">Ranges read.</param>
/// <param name="Writes">Transactions of one partition, of however many rows.</param>
/// <param name="Messages">Messages sent or scheduled.</param>
internal readonly record struct Counts(int Reads, int Lists, int Writes, int Messages)
{
    public static Counts operator -(Counts after, Counts before) =>
        new(
            after.Reads - before.Reads,
            after.Lists - before.Lists,
            after.Writes - before.Writes,
            after.Messages - before.Messages
        );

    public override string ToString() => $"{Reads} | {Lists} | {Writes} | {Messages}";
}
