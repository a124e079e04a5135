using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using EventMeet.Media.Dtls;
using EventMeet.Media.Values;
using EventMeet.Testing.Network;
using EventMeet.Testing.Peers;
using EventMeet.Testing.Signalling;

namespace EventMeet.SelfTest;

/// <summary>Lets synthetic participants meet in a room of their own and says, a line per check, whether everything worked.</summary>
internal sealed class SelfTestRun(SelfTestOptions options, EventMeetApi api, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RecordingPatience = TimeSpan.FromSeconds(15);

    private readonly DtlsIdentity _identity = DtlsIdentity.Create(
        clock.GetUtcNow().AddDays(-1),
        clock.GetUtcNow().AddDays(1)
    );
    private readonly SocketPump _pump = new(clock);
    private readonly List<Member> _members = [];
    private string? _room;
    private bool _passed = true;

    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var name = $"self-test-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        _room = await api.CreateRoomAsync(name, cancellationToken);
        for (ushort number = 1; number <= options.Participants; number++)
        {
            await JoinAsync(number, cancellationToken);
        }

        CheckJoining();
        if (_passed)
        {
            var recording = options.Record ? await CheckRecordingBeginsAsync(cancellationToken) : null;
            CheckMedia();
            CheckMessages();
            CheckMute();
            if (recording is not null)
            {
                await CheckRecordingEndsAsync(recording, cancellationToken);
            }

            await CheckLeavingAsync(cancellationToken);
        }

        return _passed;
    }

    /// <summary>Ends what is still there; never fails.</summary>
    public async Task CleanUpAsync()
    {
        using var patience = new CancellationTokenSource(Soon, clock);
        try
        {
            foreach (var member in _members)
            {
                await api.DeleteAsync(member.Session, member.Token, patience.Token);
            }

            if (_room is not null)
            {
                await api.DeleteAsync($"/v1/rooms/{_room}", token: null, patience.Token);
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            Console.WriteLine($"note    The room {_room} could not be removed: {failure.Message}");
        }
    }

    public void Dispose()
    {
        _members.ForEach(member => member.Peer.Dispose());
        _pump.Dispose();
        _identity.Dispose();
    }

    private async Task JoinAsync(ushort number, CancellationToken cancellationToken)
    {
        var token = await api.CreateTokenAsync(_room!, $"synthetic-{number}", $"Synthetic {number}", cancellationToken);
        var slots = options.Participants - 1;
        var offer = new SyntheticOffer(
            new SyntheticOfferOptions { AudioSlots = slots, VideoSlots = slots },
            _identity.Fingerprint,
            new Random(number)
        );
        var postedAt = _pump.Now;
        var (answer, session) = await api.CreateSessionAsync(_room!, token, offer.Text, cancellationToken);
        VirtualSession agreed;
        try
        {
            agreed = offer.Complete(answer, options.Tcp);
        }
        catch (FormatException failure)
        {
            throw new SelfTestException(failure.Message, failure);
        }

        var peer = new VirtualPeer(new VirtualPeerOptions { Number = number }, agreed, _identity, _pump.Now);
        _members.Add(new Member(number, peer, token, session, postedAt));
        _pump.Add(peer);

        // The next one joins while this one connects, as people do.
        _ = _pump.RunUntil(() => peer.IsConnected, TimeSpan.FromMilliseconds(500));
    }

    private IEnumerable<Member> OthersOf(Member member) => _members.Where(other => other != member);

    private void CheckJoining()
    {
        var up = _pump.RunUntil(() => _members.TrueForAll(member => member.Participant is not null), JoinPatience);
        var missing = _members.Where(member => member.Participant is null).Select(Describe);
        var times = _members.Select(member => member.JoinTime.TotalMilliseconds).ToArray();
        Report(
            up,
            up
                ? $"{_members.Count} participants joined, offer to open transport {times.Min():0} to {times.Max():0} ms"
                : $"not connected within {JoinPatience.TotalSeconds} s: {string.Join("; ", missing)}"
        );
        if (!up)
        {
            return;
        }

        var known = _pump.RunUntil(
            () => _members.TrueForAll(member => OthersOf(member).All(other => Knows(member, other))),
            Soon
        );
        Report(known, "everybody was told of everybody (welcome, joined, tracks)");
    }

    private static string Describe(Member member) =>
        $"{member.Name} at {member.Peer.Session.Server.ToIPEndPoint()}: "
        + (member.Peer.IsConnected ? "no welcome came" : $"ICE {member.Peer.Transport.Ice.State}, no transport");

    private static bool Knows(Member member, Member other)
    {
        var joined = member
            .Peer.InCall.Of("welcome")
            .SelectMany(message => message.GetProperty("participants").EnumerateArray())
            .Concat(member.Peer.InCall.Of("joined").Select(message => message.GetProperty("participant")))
            .Any(participant => participant.Text("id") == other.Participant && participant.Text("name") == other.Name);
        return joined && member.Peer.CarriedNow().Values.Count(participant => participant == other.Participant) == 2;
    }

    private void CheckMedia()
    {
        _ = _pump.RunUntil(static () => false, options.Duration);
        foreach (var kind in (MediaKind[])[MediaKind.Video, MediaKind.Audio])
        {
            var met = _members.TrueForAll(member => member.Met(kind, OthersOf(member)));
            var (received, lost) = (
                _members.Sum(member => member.Received(kind)),
                _members.Sum(member => member.Lost(kind))
            );
            Report(
                met && lost * 100 <= received,
                $"everybody {(kind is MediaKind.Video ? "sees" : "hears")} everybody: {received} packets, {lost} lost"
            );
        }

        var video = _members.SelectMany(member => member.Slots(MediaKind.Video)).ToList();
        var wait = _members.Max(member => member.KeyFrameWait(OthersOf(member)));
        var frames = video.Sum(slot => slot.Viewer.FramesDecoded);
        var broken = video.Sum(slot => slot.Viewer.FramesBroken);
        Report(
            broken * 50 <= frames,
            $"{frames} pictures whole, {broken} broken, {video.Sum(slot => slot.PacketsRecovered)} packets repaired, "
                + $"first picture after {wait.TotalMilliseconds:0} ms at most"
        );
        var right = _members.TrueForAll(member =>
            member.Peer.CarriedNow().All(slot => IsCarried(member, slot.Key, slot.Value))
        );
        Report(right, "slots carry what the page was told");
        var complaints = _members
            .SelectMany(member => member.Peer.Complaints)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Report(
            complaints.Count == 0,
            complaints.Count == 0 ? "content, numbers and messages are as they must be" : complaints[0]
        );
    }

    private bool IsCarried(Member member, string mid, string? participant)
    {
        var current = member.Peer.SlotOf(mid).Viewer.Current;
        var carried = _members.Find(other => other.Participant == participant);
        return participant is null || carried?.Number == current;
    }

    private void CheckMessages()
    {
        var text = $"hello {RandomNumberGenerator.GetInt32(int.MaxValue).ToString(CultureInfo.InvariantCulture)}";
        _members[0].Say(_pump, $$"""{"type":"chat","text":"{{text}}"}""");
        var sentAt = _pump.Now;
        var arrived = _pump.RunUntil(
            () => _members.TrueForAll(member => member.Peer.InCall.Of("chat").Any(chat => chat.Text("text") == text)),
            Soon
        );
        Report(arrived, $"a chat reached everybody in {(_pump.Now - sentAt).TotalMilliseconds:0} ms");
    }

    private void CheckMute()
    {
        var muted = _members[^1];
        muted.Say(_pump, """{"type":"mute","source":"camera","muted":true}""");
        var seen = _pump.RunUntil(
            () =>
                OthersOf(muted)
                    .All(member => member.Peer.CarriedNow().Values.Count(who => who == muted.Participant) == 1),
            Soon
        );
        Report(seen, "a muted camera leaves its slots");
        muted.Say(_pump, """{"type":"mute","source":"camera","muted":false}""");
        var back = _pump.RunUntil(
            () =>
                OthersOf(muted)
                    .All(member => member.Peer.CarriedNow().Values.Count(who => who == muted.Participant) == 2),
            Soon
        );
        Report(back, "and comes back when it is unmuted");
    }

    private async Task<string> CheckRecordingBeginsAsync(CancellationToken cancellationToken)
    {
        const string starter = "the self-test";
        var recording = await api.StartRecordingAsync(_room!, starter, cancellationToken);
        var askedAt = _pump.Now;
        var told = _pump.RunUntil(
            () => _members.TrueForAll(member => IsToldOf(member, recording, starter)),
            RecordingPatience
        );
        Report(
            told,
            $"everybody was told in {(_pump.Now - askedAt).TotalMilliseconds:0} ms that they are recorded, and by whom"
        );
        return recording;
    }

    private static bool IsToldOf(Member member, string recording, string starter) =>
        member
            .Peer.InCall.Of("recording")
            .SelectMany(message => message.GetProperty("recordings").EnumerateArray())
            .Any(one => one.Text("id") == recording && one.Text("startedBy") == starter);

    private async Task CheckRecordingEndsAsync(string recording, CancellationToken cancellationToken)
    {
        await api.StopRecordingAsync(recording, cancellationToken);
        var stoppedAt = _pump.Now;
        JsonElement state;
        do
        {
            _ = _pump.RunUntil(static () => false, TimeSpan.FromMilliseconds(100));
            state = await api.GetAsync($"/v1/recordings/{recording}", cancellationToken);
        } while (state.Text("state") is not ("completed" or "failed") && _pump.Now - stoppedAt < RecordingPatience);
        Report(
            state.Text("state") == "completed",
            $"the recording was {state.Text("state")} {(_pump.Now - stoppedAt).TotalSeconds:0.0} s after it was stopped"
        );

        var files = await api.GetAsync($"/v1/recordings/{recording}/files", cancellationToken);
        var (count, tracks, bytes, wrong) = (0, 0, 0L, 0);
        foreach (var file in files.GetProperty("data").EnumerateArray())
        {
            var content = await api.DownloadAsync(new Uri(file.Text("downloadUrl")!), cancellationToken);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
            wrong += sha256 == file.Text("sha256") && content.Length == file.GetProperty("bytes").GetInt64() ? 0 : 1;
            tracks += file.Text("kind") == "track" ? 1 : 0;
            (count, bytes) = (count + 1, bytes + content.Length);
        }

        Report(
            wrong == 0 && tracks == _members.Count,
            $"{count} files, {tracks} of them tracks, {bytes} bytes, {wrong} other than they were announced"
        );
    }

    private async Task CheckLeavingAsync(CancellationToken cancellationToken)
    {
        var leaver = _members[^1];
        await api.DeleteAsync(leaver.Session, leaver.Token, cancellationToken);
        var deletedAt = _pump.Now;
        var told = _pump.RunUntil(
            () =>
                OthersOf(leaver)
                    .All(member =>
                        member.Peer.InCall.Of("left").Any(left => left.Text("participant") == leaver.Participant)
                    ),
            Soon
        );
        Report(told, $"leaving was told to everybody in {(_pump.Now - deletedAt).TotalMilliseconds:0} ms");
        Report(_pump.RunUntil(() => leaver.Peer.IsClosed, Soon), "and the session that was deleted was closed");
    }

    private void Report(bool passed, string what)
    {
        _passed &= passed;
        Console.WriteLine($"{(passed ? "ok    " : "FAILED")}  {what}");
    }
}
