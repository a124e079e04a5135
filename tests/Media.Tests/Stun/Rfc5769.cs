namespace EventMeet.Media.Tests.Stun;

/// <summary>The messages of RFC 5769 sections 2.1 to 2.3.</summary>
internal static class Rfc5769
{
    public const string Password = "VOkJxbRl1RmTxUk/WvJxBt";

    public static readonly byte[] Request = Convert.FromHexString(
        "00010058"
            + "2112A442"
            + "B7E7A701BC34D686FA87DFAE" // header, 88 bytes follow
            + "80220010"
            + "5354554E207465737420636C69656E74" // SOFTWARE "STUN test client"
            + "00240004"
            + "6E0001FF" // PRIORITY
            + "80290008"
            + "932FF9B151263B36" // ICE-CONTROLLED
            + "00060009"
            + "6576746A3A68367659202020" // USERNAME "evtj:h6vY", padded with spaces
            + "00080014"
            + "9AEAA70CBFD8CB56781EF2B5B2D3F249C1B571A2" // MESSAGE-INTEGRITY
            + "80280004"
            + "E57A3BCF" // FINGERPRINT
    );

    public static readonly byte[] IPv4Response = Convert.FromHexString(
        "0101003C"
            + "2112A442"
            + "B7E7A701BC34D686FA87DFAE" // header, 60 bytes follow
            + "8022000B"
            + "7465737420766563746F7220" // SOFTWARE "test vector"
            + "00200008"
            + "0001A147E112A643" // XOR-MAPPED-ADDRESS 192.0.2.1:32853
            + "00080014"
            + "2B91F599FD9E90C38C7489F92AF9BA53F06BE7D7" // MESSAGE-INTEGRITY
            + "80280004"
            + "C07D4C96" // FINGERPRINT
    );

    public static readonly byte[] IPv6Response = Convert.FromHexString(
        "01010048"
            + "2112A442"
            + "B7E7A701BC34D686FA87DFAE" // header, 72 bytes follow
            + "8022000B"
            + "7465737420766563746F7220" // SOFTWARE "test vector"
            + "00200014"
            + "0002A1470113A9FAA5D3F179BC25F4B5BED2B9D9" // [2001:db8:1234:5678:11:2233:4455:6677]:32853
            + "00080014"
            + "A382954E4BE67BF11784C97C8292C275BFE3ED41" // MESSAGE-INTEGRITY
            + "80280004"
            + "C8FB0B4C" // FINGERPRINT
    );
}
