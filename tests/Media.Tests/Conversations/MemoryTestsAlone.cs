namespace EventMeet.Media.Tests.Conversations;

/// <summary>Tests that look at the process's whole memory run alone: what others hold meanwhile would be counted as theirs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryTestsAlone
{
    public const string Name = "Looks at the process's memory";
}
