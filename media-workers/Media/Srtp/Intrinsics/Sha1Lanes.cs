using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Words = System.Runtime.Intrinsics.Vector512<uint>;

namespace EventMeet.Media.Srtp.Intrinsics;

/// <summary>
/// SHA-1 (FIPS 180-4 section 6.1.2) of sixteen messages side by side: lane n of every vector belongs to message n. One
/// message alone is bound by the latency of its rounds; sixteen take the same time.
/// </summary>
internal static unsafe class Sha1Lanes
{
    /// <summary>Messages.</summary>
    public const int Count = 16;

    /// <summary>Bytes in a block of a message.</summary>
    public const int BlockLength = 64;

    /// <summary>Vectors in a state: the five words of a digest.</summary>
    public const int StateWords = 5;

    private const int BlockWords = 16;
    private const int ScheduleWords = 80 + BlockWords; // the last sixteen are written and not used

    // What TernaryLogic looks up with the three bits of its operands.
    private const byte Choose = 0xca;
    private const byte Parity = 0x96;
    private const byte Majority = 0xe8;

    // Written out: made of its quarter, the JIT would put it together again at every use.
    // csharpier-ignore
    private static Vector512<byte> BigEndianWords
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            (byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
            3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
            3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
            3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12
        );
    }

    /// <summary>Takes one block of each message in.</summary>
    /// <param name="state">Five vectors.</param>
    /// <param name="sources">Sixteen addresses.</param>
    /// <param name="offset">Where after them the blocks of 64 bytes begin.</param>
    /// <param name="active">All bits set in the lanes whose state may change.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Absorb(Words* state, byte** sources, int offset, Words active)
    {
        var schedule = stackalloc Words[ScheduleWords];
        LoadTransposed(sources, offset, schedule);
        Compress(state, schedule, active);
    }

    /// <summary>Takes in one block that holds another digest and nothing else, as HMAC's outer hash does.</summary>
    /// <param name="state">Five vectors.</param>
    /// <param name="digest">Five vectors.</param>
    /// <param name="messageBits">The length of the whole message.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void AbsorbDigest(Words* state, Words* digest, uint messageBits)
    {
        var schedule = stackalloc Words[ScheduleWords];
        for (var word = 0; word < BlockWords; word++)
        {
            schedule[word] = word < StateWords ? digest[word] : Words.Zero;
        }

        schedule[StateWords] = Vector512.Create(0x8000_0000);
        schedule[BlockWords - 1] = Vector512.Create(messageBits);
        Compress(state, schedule, Words.AllBitsSet);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compress(Words* state, Words* schedule, Words active)
    {
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4]);
        var (x, y, z) = (schedule[13], schedule[14], schedule[15]);
        Quarter(schedule, 0x5a82_7999, Choose, ref a, ref b, ref c, ref d, ref e, ref x, ref y, ref z);
        Quarter(schedule + 20, 0x6ed9_eba1, Parity, ref a, ref b, ref c, ref d, ref e, ref x, ref y, ref z);
        Quarter(schedule + 40, 0x8f1b_bcdc, Majority, ref a, ref b, ref c, ref d, ref e, ref x, ref y, ref z);
        Quarter(schedule + 60, 0xca62_c1d6, Parity, ref a, ref b, ref c, ref d, ref e, ref x, ref y, ref z);
        state[0] += a & active;
        state[1] += b & active;
        state[2] += c & active;
        state[3] += d & active;
        state[4] += e & active;
    }

    // Twenty rounds, five at a time: after five the words are back in their places. Beside them the schedule grows, sixteen
    // words ahead; the rounds wait for each other and leave time for it. x, y, z are its newest words: out of memory they
    // would come later than the rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(
        Words* schedule,
        uint roundConstant,
        [ConstantExpected] byte function,
        ref Words a,
        ref Words b,
        ref Words c,
        ref Words d,
        ref Words e,
        ref Words x,
        ref Words y,
        ref Words z
    )
    {
        var constant = Vector512.Create(roundConstant);
        for (var end = schedule + 20; schedule < end; schedule += 5)
        {
            x = Extend(schedule, x);
            e = Round(e, schedule[0] + constant, Avx512F.TernaryLogic(b, c, d, function), a);
            b = Avx512F.RotateLeft(b, 30);
            y = Extend(schedule + 1, y);
            d = Round(d, schedule[1] + constant, Avx512F.TernaryLogic(a, b, c, function), e);
            a = Avx512F.RotateLeft(a, 30);
            z = Extend(schedule + 2, z);
            c = Round(c, schedule[2] + constant, Avx512F.TernaryLogic(e, a, b, function), d);
            e = Avx512F.RotateLeft(e, 30);
            x = Extend(schedule + 3, x);
            b = Round(b, schedule[3] + constant, Avx512F.TernaryLogic(d, e, a, function), c);
            d = Avx512F.RotateLeft(d, 30);
            y = Extend(schedule + 4, y);
            a = Round(a, schedule[4] + constant, Avx512F.TernaryLogic(c, d, e, function), b);
            c = Avx512F.RotateLeft(c, 30);
            (x, y, z) = (z, x, y);
        }
    }

    // The newest word last: the next round waits for it, so only one addition may follow it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words Round(Words oldest, Words scheduled, Words mixed, Words newest) =>
        oldest + scheduled + mixed + Avx512F.RotateLeft(newest, 5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words Extend(Words* schedule, Words threeBack)
    {
        var early = Avx512F.TernaryLogic(schedule[0], schedule[2], schedule[8], Parity);
        var word = Avx512F.RotateLeft(early ^ threeBack, 1);
        schedule[BlockWords] = word;
        return word;
    }

    // Sixteen rows of sixteen words each become sixteen vectors of one word of every message.
    [MethodImpl(MethodImplOptions.AggressiveInlining), SkipLocalsInit]
    private static void LoadTransposed(byte** sources, int offset, Words* schedule)
    {
        var halfway = stackalloc Words[BlockWords];
        for (var row = 0; row < Count; row += 4)
        {
            TransposeWords(
                Load(sources[row] + offset),
                Load(sources[row + 1] + offset),
                Load(sources[row + 2] + offset),
                Load(sources[row + 3] + offset),
                halfway + row
            );
        }

        for (var word = 0; word < 4; word++)
        {
            TransposeQuarters(halfway[word], halfway[4 + word], halfway[8 + word], halfway[12 + word], schedule + word);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Words Load(byte* block) => Avx512BW.Shuffle(Vector512.Load(block), BigEndianWords).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeWords(Words row0, Words row1, Words row2, Words row3, Words* result)
    {
        var low01 = Avx512F.UnpackLow(row0, row1).AsUInt64();
        var low23 = Avx512F.UnpackLow(row2, row3).AsUInt64();
        var high01 = Avx512F.UnpackHigh(row0, row1).AsUInt64();
        var high23 = Avx512F.UnpackHigh(row2, row3).AsUInt64();
        result[0] = Avx512F.UnpackLow(low01, low23).AsUInt32();
        result[1] = Avx512F.UnpackHigh(low01, low23).AsUInt32();
        result[2] = Avx512F.UnpackLow(high01, high23).AsUInt32();
        result[3] = Avx512F.UnpackHigh(high01, high23).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeQuarters(Words row0, Words row1, Words row2, Words row3, Words* result)
    {
        const byte Even = 0x88; // quarters 0 and 2 of each operand
        const byte Odd = 0xdd; // quarters 1 and 3
        var even01 = Avx512F.Shuffle4x128(row0, row1, Even);
        var even23 = Avx512F.Shuffle4x128(row2, row3, Even);
        var odd01 = Avx512F.Shuffle4x128(row0, row1, Odd);
        var odd23 = Avx512F.Shuffle4x128(row2, row3, Odd);
        result[0] = Avx512F.Shuffle4x128(even01, even23, Even);
        result[4] = Avx512F.Shuffle4x128(odd01, odd23, Even);
        result[8] = Avx512F.Shuffle4x128(even01, even23, Odd);
        result[12] = Avx512F.Shuffle4x128(odd01, odd23, Odd);
    }
}
