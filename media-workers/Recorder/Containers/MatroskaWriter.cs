/*  RFC 9559 section 4.5 and 25.3.4 (live): everything is written once, front to back, and never touched again

    EBML { DocType webm | matroska }
    Segment, size unknown {
      Info { TimestampScale 1 ms, DateUTC: the wall clock at timestamp 0 }
      Tracks { TrackEntry 1 }
      Tags { DATE_RECORDED }
      Cluster, size unknown { Timestamp, SimpleBlock, SimpleBlock, ... }   at most 2 s; a key frame starts one
      Cluster ...

    RFC 9559 section 10.2, SimpleBlock:
     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    |1| track: 1    |  timestamp in the cluster     |K| 0 |I|LAC|D| frame
    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
*/
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;

namespace EventMeet.Recorder.Containers;

/// <summary>
/// Writes one track to a Matroska or WebM file (RFC 9559) that may end anywhere: because the sizes of segment and
/// clusters are not announced, every prefix that ends behind a block is a whole file.
/// </summary>
internal sealed class MatroskaWriter
{
    private const int BlockHeaderLength = 4;
    private const int OnlyTrack = 1;
    private const byte KeyFrameFlag = 0x80;

    // A player that loses its place finds it again at the next cluster; the recorder commits as often.
    private static readonly TimeSpan LongestCluster = TimeSpan.FromSeconds(2);

    private readonly TrackFormat _format;
    private readonly IBufferWriter<byte> _output;
    private readonly EbmlWriter _writer;
    private long _clusterStart = -1;
    private long _newest;

    /// <summary>Writes the front of the file.</summary>
    /// <param name="format">What the frames are.</param>
    /// <param name="start">The wall clock at timestamp 0.</param>
    /// <param name="output">Where to; gets whole elements only.</param>
    public MatroskaWriter(TrackFormat format, DateTimeOffset start, IBufferWriter<byte> output)
    {
        _format = format;
        _output = output;
        _writer = new(output);
        WriteFront(start);
    }

    /// <summary>Appends a frame.</summary>
    /// <param name="at">Since the start, 0 or more. One that is not later than the frame before it is put level with it.</param>
    /// <param name="isKeyFrame">Can a decoder start here? Every audio frame is one.</param>
    /// <param name="frame">As the codec's mapping wants it (RFC 9559 section 5.1.4.1.21 and the codec's own specification).</param>
    public void WriteFrame(TimeSpan at, bool isKeyFrame, ReadOnlySpan<byte> frame)
    {
        var timestamp = Math.Max((long)Math.Round(at.TotalMilliseconds), _newest);
        _newest = timestamp;
        if (NeedsCluster(timestamp, isKeyFrame))
        {
            _writer.StartUnknownSize(MatroskaIds.Cluster);
            _writer.WriteUnsigned(MatroskaIds.Timestamp, (ulong)timestamp);
            _clusterStart = timestamp;
        }

        _writer.WriteHead(MatroskaIds.SimpleBlock, BlockHeaderLength + frame.Length);
        var header = _output.GetSpan(BlockHeaderLength);
        header[0] = 0x80 | OnlyTrack;
        BinaryPrimitives.WriteInt16BigEndian(header[1..], (short)(timestamp - _clusterStart));
        header[3] = isKeyFrame ? KeyFrameFlag : (byte)0;
        _output.Advance(BlockHeaderLength);
        _output.Write(frame);
    }

    private bool NeedsCluster(long timestamp, bool isKeyFrame) =>
        _clusterStart < 0
        || timestamp - _clusterStart >= LongestCluster.TotalMilliseconds
        || (isKeyFrame && _format.IsVideo && timestamp > _clusterStart);

    private void WriteFront(DateTimeOffset start)
    {
        _writer.WriteMaster(MatroskaIds.Ebml, WriteEbml);
        _writer.StartUnknownSize(MatroskaIds.Segment);
        _writer.WriteMaster(MatroskaIds.Info, info => WriteInfo(info, start));
        _writer.WriteMaster(MatroskaIds.Tracks, tracks => tracks.WriteMaster(MatroskaIds.TrackEntry, WriteTrack));
        _writer.WriteMaster(MatroskaIds.Tags, tags => tags.WriteMaster(MatroskaIds.Tag, tag => WriteTag(tag, start)));
    }

    private void WriteEbml(EbmlWriter ebml)
    {
        ebml.WriteUnsigned(MatroskaIds.EbmlVersion, 1);
        ebml.WriteUnsigned(MatroskaIds.EbmlReadVersion, 1);
        ebml.WriteUnsigned(MatroskaIds.EbmlMaxIdLength, 4);
        ebml.WriteUnsigned(MatroskaIds.EbmlMaxSizeLength, 8);
        ebml.WriteText(MatroskaIds.DocType, _format.DocType);
        // SimpleBlock needs a reader of version 2; CodecDelay and SeekPreRoll are of version 4, but may be left unread.
        ebml.WriteUnsigned(MatroskaIds.DocTypeVersion, 4);
        ebml.WriteUnsigned(MatroskaIds.DocTypeReadVersion, 2);
    }

    private static void WriteInfo(EbmlWriter info, DateTimeOffset start)
    {
        info.WriteUnsigned(MatroskaIds.TimestampScale, 1_000_000);
        info.WriteDate(MatroskaIds.DateUtc, start);
        info.WriteText(MatroskaIds.MuxingApp, "EventMeet");
        info.WriteText(MatroskaIds.WritingApp, "EventMeet");
    }

    private void WriteTrack(EbmlWriter track)
    {
        track.WriteUnsigned(MatroskaIds.TrackNumber, OnlyTrack);
        track.WriteUnsigned(MatroskaIds.TrackUid, OnlyTrack);
        track.WriteUnsigned(MatroskaIds.TrackType, _format.IsVideo ? 1UL : 2UL);
        track.WriteUnsigned(MatroskaIds.FlagLacing, 0);
        track.WriteText(MatroskaIds.Language, "und");
        track.WriteText(MatroskaIds.CodecId, _format.CodecId);
        if (!_format.CodecPrivate.IsEmpty)
        {
            track.WriteBinary(MatroskaIds.CodecPrivate, _format.CodecPrivate.Span);
        }

        if (_format.IsVideo)
        {
            track.WriteMaster(MatroskaIds.Video, WriteVideo);
            return;
        }

        track.WriteUnsigned(MatroskaIds.CodecDelay, (ulong)_format.CodecDelay.TotalNanoseconds);
        track.WriteUnsigned(MatroskaIds.SeekPreRoll, (ulong)_format.SeekPreRoll.TotalNanoseconds);
        track.WriteMaster(MatroskaIds.Audio, WriteAudio);
    }

    private void WriteVideo(EbmlWriter video)
    {
        video.WriteUnsigned(MatroskaIds.PixelWidth, (ulong)_format.Width);
        video.WriteUnsigned(MatroskaIds.PixelHeight, (ulong)_format.Height);
    }

    private void WriteAudio(EbmlWriter audio)
    {
        audio.WriteFloat(MatroskaIds.SamplingFrequency, TrackFormat.AudioClockRate);
        audio.WriteUnsigned(MatroskaIds.Channels, (ulong)_format.Channels);
    }

    private static void WriteTag(EbmlWriter tag, DateTimeOffset start)
    {
        tag.WriteMaster(MatroskaIds.Targets, static _ => { });
        tag.WriteMaster(
            MatroskaIds.SimpleTag,
            simple =>
            {
                simple.WriteText(MatroskaIds.TagName, "DATE_RECORDED");
                simple.WriteText(
                    MatroskaIds.TagString,
                    start.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture)
                );
            }
        );
    }
}
