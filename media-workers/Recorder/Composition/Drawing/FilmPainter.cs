using EventMeet.Contracts;
using EventMeet.Recorder.Composition.Planning;
using EventMeet.Recorder.Composition.Running;

namespace EventMeet.Recorder.Composition.Drawing;

/// <summary>
/// Paints a film frame by frame. For each: 1 open tracks that begin, 2 take each track's newest picture, 3 at a new scene clear the canvas,
/// 4 paint the cells whose picture is new, 5 hand the frame on, 6 close tracks that are not seen any more.
/// </summary>
/// <param name="plan">What the film is.</param>
/// <param name="background">What is seen where nobody is.</param>
/// <param name="labels">All that the plan asks for.</param>
/// <param name="open">Makes a track's pictures.</param>
internal sealed class FilmPainter(
    CompositePlan plan,
    YuvColour background,
    IReadOnlyDictionary<LabelKey, NameLabel> labels,
    Func<PlannedPictures, TrackPictures> open
) : IAsyncDisposable
{
    // A decoder takes a moment to start.
    private const double OpenAheadMs = 1_000;

    private readonly Canvas _canvas = new(plan.Spec.Width, plan.Spec.Height);
    private readonly Dictionary<TrackId, (PlannedPictures Planned, TrackPictures Pictures)> _open = [];
    private int _opened;

    /// <summary>Paints all frames.</summary>
    /// <param name="handOn">Takes each frame, before the next is painted.</param>
    /// <param name="watch">Is told how much is done; stops it.</param>
    public async Task PaintAsync(Func<int, ReadOnlyMemory<byte>, ValueTask> handOn, JobWatch watch)
    {
        foreach (var scene in plan.Scenes)
        {
            for (var frame = scene.FromFrame; frame < scene.ToFrame; frame++)
            {
                var now = plan.Clock.TimelineMsOf(frame) + plan.Clock.FrameMs / 2;
                OpenTracks(now);
                await AdvanceAsync(now, watch);
                var isNewScene = frame == scene.FromFrame;
                if (isNewScene)
                {
                    Clear(scene);
                }

                foreach (var cell in scene.Cells)
                {
                    Paint(cell, isNewScene);
                }

                await handOn(frame, _canvas.Frame);
                watch.Report((double)(frame + 1) / plan.Clock.Frames);
            }

            await CloseTracksAsync(scene.ToFrame);
        }
    }

    public async ValueTask DisposeAsync() => await CloseTracksAsync(int.MaxValue);

    private void OpenTracks(double now)
    {
        while (_opened < plan.Pictures.Count && plan.Pictures[_opened].Track.Published.FromMs <= now + OpenAheadMs)
        {
            var planned = plan.Pictures[_opened++];
            _open.Add(planned.Track.Id, (planned, open(planned)));
        }
    }

    // Also those that are not seen just now: their decoders keep up side by side, instead of one after the other later.
    private async Task AdvanceAsync(double now, JobWatch watch)
    {
        foreach (var (_, pictures) in _open.Values)
        {
            await pictures.AdvanceAsync(now, watch);
        }
    }

    private void Clear(Scene scene)
    {
        _canvas.Fill(_canvas.All, background);
        if (scene.IsOutage && labels.TryGetValue(plan.Labels.OutageCard, out var card))
        {
            _canvas.Write(Middle(_canvas.All, card), card);
        }
    }

    private void Paint(SceneCell cell, bool isNewScene)
    {
        var track = cell.Picture is { } seen ? _open.GetValueOrDefault(seen.Id) : default;
        if (track.Pictures?.Current is { } picture && picture.AtMs >= cell.PicturesFromMs)
        {
            if (isNewScene || track.Pictures.IsNew)
            {
                _canvas.Paint(cell.Place, picture);
                Write(plan.Labels.UnderPicture(cell), cell.Place, Corner);
            }
        }
        else if (isNewScene)
        {
            _canvas.Fill(cell.Place, YuvColour.Tile);
            Write(plan.Labels.OnTile(cell), cell.Place, Middle);
        }
    }

    private void Write(LabelKey? key, in PixelRect place, Func<PixelRect, NameLabel, PixelRect> where)
    {
        if (key is { } wanted && labels.TryGetValue(wanted, out var label))
        {
            _canvas.Write(where(place, label), label);
        }
    }

    private static PixelRect Corner(PixelRect place, NameLabel label)
    {
        var margin = Math.Min(label.Height / 4, place.Height - label.Height) & ~1;
        return new(place.X + margin, place.Bottom - label.Height - margin, label.Width, label.Height);
    }

    private static PixelRect Middle(PixelRect place, NameLabel label) =>
        new(
            place.X + ((place.Width - label.Width) / 2 & ~1),
            place.Y + ((place.Height - label.Height) / 2 & ~1),
            label.Width,
            label.Height
        );

    private async Task CloseTracksAsync(int frame)
    {
        foreach (var (id, track) in _open.Where(open => open.Value.Planned.ToFrame <= frame).ToList())
        {
            _open.Remove(id);
            await track.Pictures.DisposeAsync();
        }
    }
}
