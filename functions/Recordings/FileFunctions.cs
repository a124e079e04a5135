using System.Globalization;
using EventMeet.Functions.Hosting;

namespace EventMeet.Functions.Recordings;

/// <summary>…/files and …/links: what a recording left, and how to fetch it.</summary>
internal sealed class FileFunctions(RecordingAccess access, RecordingStore recordings, IRecordingStorage storage)
{
    private const int MostNames = 100;
    private const int LongestName = 1024;
    private const int LeastSeconds = 60;
    private const int MostSeconds = 6 * 24 * 3600;
    private const int DefaultSeconds = 3600;
    private const string CursorPrefix = "file_";

    public static readonly IReadOnlyList<FunctionDefinition> All =
    [
        new HttpFunction(
            "RecordingFiles",
            "v1/recordings/{recording}/files",
            [new("GET", Access.Tenant, services => Of(services).ListAsync)]
        ),
        new HttpFunction(
            "RecordingLinks",
            "v1/recordings/{recording}/links",
            [
                new("POST", Access.Tenant, services => Of(services).LinkAsync)
                {
                    Accepts = ["application/json"],
                    BodyOptional = true,
                },
            ]
        ),
    ];

    private async Task<Reply> ListAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (Page.Read(call.Request, out var page) is { } invalid)
        {
            return Reply.Refused(invalid);
        }

        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        var all = await ReadAsync(found.Value, cancellationToken);
        var skip = PlaceAfter(page);
        var links = await storage.LinkAsync(TimeSpan.FromSeconds(DefaultSeconds), cancellationToken);
        FileList list = new([.. all.Skip(skip).Take(page.Limit).Select(file => file.With(links, found.Value))])
        {
            NextCursor =
                skip + page.Limit < all.Count
                    ? Page.CursorAfter(CursorPrefix + (skip + page.Limit).ToString(CultureInfo.InvariantCulture))
                    : null,
        };
        return Reply.Json(200, list, RecordingsApiContext.Default.FileList);
    }

    private async Task<Reply> LinkAsync(HttpCall call, CancellationToken cancellationToken)
    {
        if (RequestFields.Parse(call.Body, out var request) is { } malformed)
        {
            return Reply.Refused(malformed);
        }

        var names = request.Texts("names", MostNames, LongestName);
        var seconds = request.Number("expiresInSeconds", LeastSeconds, MostSeconds) ?? DefaultSeconds;
        var (refused, found) = await access.FindAsync(call, cancellationToken);
        if (found is null)
        {
            return Reply.Refused(refused);
        }

        var recording = found.Value;
        var links = await storage.LinkAsync(TimeSpan.FromSeconds(seconds), cancellationToken);
        var all = (await ReadAsync(recording, cancellationToken)).ToLookup(
            file => EventFile.NameIn(recording.Folder, file.Name),
            StringComparer.Ordinal
        );
        for (var i = 0; i < names?.Count; i++)
        {
            if (!all.Contains(names[i]))
            {
                request.Refuse($"names[{i}]", "is none of the recording's files");
            }
        }

        if (request.Finish() is { } problem)
        {
            return Reply.Refused(problem);
        }

        var wanted = names?.Distinct(StringComparer.Ordinal) ?? all.Select(file => file.Key).Take(MostNames);
        var shown = wanted.Select(name => all[name].First().With(links, recording));
        LinkList list = new([.. shown.Select(file => new LinkBody(file.Name, file.DownloadUrl!, links.ExpiresAt))]);
        return Reply.Json(200, list, RecordingsApiContext.Default.LinkList);
    }

    // Films first, as in events.
    private async Task<IReadOnlyList<EventFile>> ReadAsync(Recording recording, CancellationToken cancellationToken)
    {
        if (recording.State is RecordingState.Deleted)
        {
            return [];
        }

        var own = await recordings.ReadFilesAsync(recording, cancellationToken);
        return
        [
            .. recording.Composites.SelectMany(one => one.Files.Select(file => EventFile.Of(file, one.Id))),
            .. own.Select(file => EventFile.Of(file, composite: null)),
        ];
    }

    private static int PlaceAfter(Page page) =>
        page.After is { } after
        && after.StartsWith(CursorPrefix, StringComparison.Ordinal)
        && int.TryParse(
            after.AsSpan(CursorPrefix.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var place
        )
            ? place
            : 0;

    private static FileFunctions Of(IServiceProvider services) => services.GetRequiredService<FileFunctions>();
}
