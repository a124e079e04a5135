namespace EventMeet.Media.Tests.Conversations;

// Everything that is so for a room on one shard is so for one that is spread over several: by twos, where everybody's tracks go from home to
// branch or back, and by threes, where they go from branch to branch too.

public sealed class MeetingOnTwoShardsTests : MeetingTests
{
    protected override int Shards => 2;
}

public sealed class MeetingOnThreeShardsTests : MeetingTests
{
    protected override int Shards => 3;
}

public sealed class InCallOnTwoShardsTests : InCallTests
{
    protected override int Shards => 2;
}

public sealed class InCallOnThreeShardsTests : InCallTests
{
    protected override int Shards => 3;
}

public sealed class SlotsOnTwoShardsTests : SlotTests
{
    protected override int Shards => 2;
}

public sealed class SlotsOnThreeShardsTests : SlotTests
{
    protected override int Shards => 3;
}

public sealed class LossOnTwoShardsTests : LossTests
{
    protected override int Shards => 2;
}

public sealed class NarrowPathOnTwoShardsTests : NarrowPathTests
{
    protected override int Shards => 2;
}
