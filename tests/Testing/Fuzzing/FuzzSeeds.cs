using System.Text;

namespace EventMeet.Testing.Fuzzing;

/// <summary>A few well-formed inputs for every target: chance alone does not find a magic cookie.</summary>
internal static class FuzzSeeds
{
    private static readonly string[] InCallTexts =
    [
        """{"type":"ping","id":1}""",
        """{"type":"subscribe","mid":"v0","participant":"p1","source":"camera","height":360}""",
        """{"type":"mute","source":"camera","muted":true}""",
        """{"type":"chat","text":"hello","to":"p1"}""",
        """{"type":"moderate","action":"mute","participant":"p1","track":"cam_1"}""",
        """{"type":"metadata","name":"Ada","metadata":"{}"}""",
        """{"type":"hand","raised":true}""",
        """{"type":"reaction","reaction":"👏"}""",
    ];

    private static readonly Dictionary<string, string[]> Bytes = new(StringComparer.Ordinal)
    {
        // A binding request with USERNAME, PRIORITY, ICE-CONTROLLING, USE-CANDIDATE and MESSAGE-INTEGRITY.
        ["stun"] =
        [
            "000100582112A442B7E7A701BC34D686FA87DFAE802200105354554E207465737420636C69656E74002400046E0001FF80290008932FF9B151263B36000600096576746A3A683676592020200008"
                + "00149AEAA70CBFD8CB56781EF2B5B2D3F249C1B571A280280004E57A3BCF",
            "0101003C2112A442B7E7A701BC34D686FA87DFAE8022000B7465737420766563746F7220002000080001A147E112A643000800142B91F599FD9E90C38C7489F92AF9BA53F06BE7D780280004C07D4C96",
        ],
        ["dtls"] =
        [
            "16FEFF000000000000000000360100002A000000000000002AFEFD00000000000000000000000000000000000000000000000000000000000000000000000002C02B0100",
            "17FEFD00010000000000010010000102030405060708090A0B0C0D0E0F15FEFD000100000000000200020100",
        ],
        ["rtp"] =
        [
            "90E00001000000010000000ABEDE00021E40566D6964320001000000102030405060",
            "B0600002000000020000000A1000000201011E04036D696400AABBCCDD000003",
        ],
        ["rtcp"] =
        [
            "80C8000600000001AABBCCDD11223344000000010000000200000003" + "81CA0003000000010103616263000000",
            "81C90007000000010000000200000003000000040000000500000006000000070000000881CD00030000000100000002000500FF81CE00020000000100000002",
            "8FCE0005000000010000000052454D42010A00FF0000000184CE0004000000010000000000000002070000008FCD000500000001000000020001000300000A00D40102030400",
        ],
        ["twcc"] = ["00000001000000020001000300000A00D40102030400", "00000001000000020001000E00000A0020068000"],
        ["vp8"] =
        [
            "90E08123014512345678",
            "9080012350020009D012A000500D00",
            "90E081230145100200" + "9D012A80026801" + "AABBCC",
        ],
        ["keyframes"] =
        [
            "7C856742E01F",
            "781800046742E01F000468CE3C80000265",
            "8C81040A0100",
            "10200A0B00000004",
            "90E081230145100200" + "9D012A80026801",
        ],
        ["sctp"] =
        [
            "13881388000000000000000001000020AABBCCDD00020000FFFFFFFF00000001C000000480080006C082000080000004",
            "13881388AABBCCDD000000000003001C000000010000000000000032030000010000000002000B6576656E746D656574",
            "13881388AABBCCDD00000000030000140000000100020000000100010002000300000001C00000100000000200010003",
        ],
        ["dcep"] =
        [
            "03000100000000000009000C6576656E746D6565746576656E746D6565742E7631",
            "0382010000000003000100006100",
        ],
        ["tcp-framer"] = ["0004AABBCCDD0000000201020005", "FFFF0102"],
        ["rtx"] = ["90E10001000000010000000ABEDE000140566D690001AABBCCDD", "A0E10002000000020000000A0000000004"],
    };

    private static readonly string[] RelayTexts =
    [
        """{"type":"hello","version":1,"room":"room_1","epoch":1,"name":"Daily","paused":false,"at":"2026-01-02T03:04:05Z"}""",
        """{"type":"joined","participant":"par_1","identity":"ada","name":"Ada","at":"2026-01-02T03:04:05Z"}""",
        """{"type":"added","track":{"id":"t","participant":"p","kind":"video","source":"camera","muted":false,"ssrc":1,"rtxSsrc":2,"firstSequenceNumber":9,"payloadType":96,"rtxPayloadType":97,"codec":"VP8","clockRate":90000,"channels":0},"at":"2026-01-02T03:04:05Z"}""",
        """{"type":"ended","reason":"room_ended","at":"2026-01-02T03:04:05Z"}""",
    ];

    private static readonly string[] RelayBytes =
    [
        // RR, APP "SCTP" with an INIT.
        "80C9000101010101"
            + "80CC000A0101010153435450"
            + "13881388000000000000000001000020AABBCCDD00020000FFFFFFFF00000001",
        "80C9000101010101" + "81CB0004010101010A726F6F6D5F656E646564000000",
        "80C9000101010101" + "80C8000600000001AAAABBBBCCCCDDDD00000BB80000006400010000",
    ];

    /// <summary>Gets a target's seeds; not empty.</summary>
    public static IReadOnlyList<byte[]> Of(string target) =>
        target switch
        {
            "in-call" => [.. InCallTexts.Select(Encoding.UTF8.GetBytes)],
            "relay" => [.. RelayTexts.Select(Encoding.UTF8.GetBytes), .. RelayBytes.Select(FromHex)],
            _ => [.. Bytes[target].Select(FromHex)],
        };

    // Nothing forbids an odd number of digits in a corpus that is to be changed anyway.
    private static byte[] FromHex(string text) => Convert.FromHexString(text.Length % 2 == 0 ? text : text + "0");
}
