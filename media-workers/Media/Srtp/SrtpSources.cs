namespace EventMeet.Media.Srtp;

/// <summary>
/// The replay windows of one peer's SSRCs. Only an authenticated packet adds one. None is ever given up for another:
/// with its window gone, everything that an SSRC ever sent could be sent again.
/// </summary>
/// <param name="maxCount">No more SSRCs than this; a window takes some 200 bytes.</param>
internal sealed class SrtpSources(int maxCount = SrtpSources.MaxCount)
{
    /// <summary>
    /// Three layers and their retransmissions for camera and screen, an audio track and FEC make 14 at a time; every
    /// screen share of a long meeting may bring 6 more.
    /// </summary>
    public const int MaxCount = 512;

    private readonly Dictionary<uint, ReplayWindow> _windows = [];
    private ReplayWindow? _latest;
    private uint _latestSsrc;

    /// <summary>Gets whether another SSRC would be one too many.</summary>
    public bool IsFull => _windows.Count >= maxCount;

    /// <summary>Gets how many SSRCs there are.</summary>
    public int Count => _windows.Count;

    /// <summary>The window of an SSRC, if it has sent anything authentic.</summary>
    public ReplayWindow? Find(uint ssrc)
    {
        // Packets of one SSRC come in bursts.
        if (_latest is not null && _latestSsrc == ssrc)
        {
            return _latest;
        }

        if (!_windows.TryGetValue(ssrc, out var window))
        {
            return null;
        }

        (_latest, _latestSsrc) = (window, ssrc);
        return window;
    }

    /// <summary>Begins a window with an SSRC's first authentic packet.</summary>
    public void Add(uint ssrc, long index) => _windows.Add(ssrc, new ReplayWindow(index));
}
