namespace EventMeet.Broker.Amqp.Types;

/*  AMQP 1.0 section 1.2: the constructor's high half says how long what follows is.
      4x nothing · 5x 1 · 6x 2 · 7x 4 · 8x 8 · 9x 16 bytes
      Ax 1-byte length · Bx 4-byte length, then as many bytes
      Cx, Dx the same, then a count of the same width (compound) · Ex, Fx the same and one constructor (array) */
internal static class FormatCode
{
    internal const byte Described = 0x00;
    internal const byte Null = 0x40;
    internal const byte True = 0x41;
    internal const byte False = 0x42;
    internal const byte UInt0 = 0x43;
    internal const byte ULong0 = 0x44;
    internal const byte List0 = 0x45;
    internal const byte UByte = 0x50;
    internal const byte Byte = 0x51;
    internal const byte SmallUInt = 0x52;
    internal const byte SmallULong = 0x53;
    internal const byte SmallInt = 0x54;
    internal const byte SmallLong = 0x55;
    internal const byte Boolean = 0x56;
    internal const byte UShort = 0x60;
    internal const byte Short = 0x61;
    internal const byte UInt = 0x70;
    internal const byte Int = 0x71;
    internal const byte Float = 0x72;
    internal const byte Char = 0x73;
    internal const byte Decimal32 = 0x74;
    internal const byte ULong = 0x80;
    internal const byte Long = 0x81;
    internal const byte Double = 0x82;
    internal const byte Timestamp = 0x83;
    internal const byte Decimal64 = 0x84;
    internal const byte Decimal128 = 0x94;
    internal const byte Uuid = 0x98;
    internal const byte Binary8 = 0xA0;
    internal const byte String8 = 0xA1;
    internal const byte Symbol8 = 0xA3;
    internal const byte Binary32 = 0xB0;
    internal const byte String32 = 0xB1;
    internal const byte Symbol32 = 0xB3;
    internal const byte List8 = 0xC0;
    internal const byte Map8 = 0xC1;
    internal const byte List32 = 0xD0;
    internal const byte Map32 = 0xD1;
    internal const byte Array8 = 0xE0;
    internal const byte Array32 = 0xF0;
}
