using System.Globalization;
using System.Text.Json.Serialization;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Storage;

namespace EventMeet.Functions.Recordings;

/// <summary>The names of a recording's rows.</summary>
internal static class RecordingRows
{
    /// <summary>
    /// What a recording's row in its room's partition starts with, and its tenant's entry in the table "tenants": the rest is
    /// its id mirrored, so that the newest comes first.
    /// </summary>
    public const string Prefix = "rec|";

    /// <summary>How many files one row holds.</summary>
    public const int FilesPerRow = 100;

    // With 40 rows a transaction has room for everything else; the rest of the files is in storage and in the timeline.
    private const int MostFileRows = 40;
    private const string FilesPrefix = "recfiles|";
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Says whether text can be an id at all, before it becomes a row's name.</summary>
    public static bool IsId(string text, string prefix) =>
        text.Length == prefix.Length + 26
        && text.StartsWith(prefix, StringComparison.Ordinal)
        && text.Skip(prefix.Length).All(Alphabet.Contains);

    /// <summary>Gets the name of a recording's row, and of its entry in its tenant's list.</summary>
    public static string Of(RecordingId id) =>
        Prefix + string.Concat(id.Value.Skip(RecordingId.Prefix.Length).Select(Mirror));

    /// <summary>Gets all rows of a recording's files.</summary>
    public static RowRange FilesOf(RecordingId id) => RowRange.Prefix($"{FilesPrefix}{id}|");

    /// <summary>Makes the rows that hold a recording's files, in place of earlier ones.</summary>
    public static IEnumerable<RowChange> Write(RecordingId id, IReadOnlyList<RecordedFile> files) =>
        files
            .Chunk(FilesPerRow)
            .Take(MostFileRows)
            .Select(
                (chunk, index) =>
                    RowChange.Put(
                        $"{FilesPrefix}{id}|{index.ToString("D3", CultureInfo.InvariantCulture)}",
                        new RecordingFiles(chunk),
                        RecordingsJsonContext.Default.RecordingFiles
                    )
            );

    private static char Mirror(char character) =>
        Alphabet[Alphabet.Length - 1 - Alphabet.IndexOf(character, StringComparison.Ordinal)];
}

/// <summary>Some of a recording's files.</summary>
internal sealed record RecordingFiles(IReadOnlyList<RecordedFile> Files);

/// <summary>That a tenant has a recording: table "tenants", partition tenant, row <see cref="RecordingRows.Of"/>.</summary>
internal sealed record TenantRecording(RecordingId Recording, RoomId Room);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(Recording))]
[JsonSerializable(typeof(RecordingFiles))]
[JsonSerializable(typeof(TenantRecording))]
[JsonSerializable(typeof(RecorderAlive))]
internal sealed partial class RecordingsJsonContext : JsonSerializerContext;
