using EventMeet.Recorder.Containers;

namespace EventMeet.Recorder.Tests.Containers;

/// <summary>Reads back what was written, by RFC 8794 alone.</summary>
internal static class EbmlReader
{
    private static readonly uint[] Masters =
    [
        MatroskaIds.Ebml,
        MatroskaIds.Segment,
        MatroskaIds.Info,
        MatroskaIds.Tracks,
        MatroskaIds.TrackEntry,
        MatroskaIds.Video,
        MatroskaIds.Audio,
        MatroskaIds.Tags,
        MatroskaIds.Tag,
        MatroskaIds.SimpleTag,
        MatroskaIds.Cluster,
    ];

    internal sealed record Element(uint Id, int Start, int DataStart, int End)
    {
        public ReadOnlySpan<byte> Data(byte[] file) => file.AsSpan(DataStart..End);

        public ulong Unsigned(byte[] file)
        {
            var value = 0UL;
            foreach (var next in Data(file))
            {
                value = (value << 8) | next;
            }

            return value;
        }
    }

    /// <summary>All elements in order, masters before their children; those of unknown size end where they start.</summary>
    public static List<Element> Read(byte[] file)
    {
        var elements = new List<Element>();
        for (var offset = 0; offset < file.Length; )
        {
            var start = offset;
            var idLength = LeadingZeros(file[offset]) + 1;
            Assert.InRange(idLength, 1, 4);
            var name = file.AsSpan(offset, idLength).ToArray().Aggregate(0U, (id, next) => (id << 8) | next);
            offset += idLength;
            var sizeLength = LeadingZeros(file[offset]) + 1;
            var size = (ulong)file[offset] & (0xFFUL >> sizeLength);
            var unknown = size == 0xFFUL >> sizeLength;
            for (var position = 1; position < sizeLength; position++)
            {
                size = (size << 8) | file[offset + position];
                unknown &= file[offset + position] == 0xFF;
            }

            offset += sizeLength;
            var end = unknown ? offset : offset + (int)size;
            Assert.True(end <= file.Length, $"Element {name:X} ends behind the file.");
            elements.Add(new(name, start, offset, end));
            offset = Masters.Contains(name) ? offset : end;
        }

        return elements;
    }

    private static int LeadingZeros(byte value) => System.Numerics.BitOperations.LeadingZeroCount(value) - 24;
}
