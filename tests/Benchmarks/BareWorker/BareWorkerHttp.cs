using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EventMeet.Contracts;
using EventMeet.Contracts.Messages;
using EventMeet.Functions.Sdp;
using EventMeet.Media.Dtls;
using EventMeet.Media.Rooms;
using EventMeet.Sfu;
using EventMeet.Sfu.Control;
using EngineLeaveReason = EventMeet.Media.Values.LeaveReason;

namespace EventMeet.Benchmarks.BareWorker;

/// <summary>
/// The signalling of a bare worker: POST an offer to /whip/ROOM, /whep/ROOM or /meet/ROOM and get the answer that the
/// functions would give; DELETE the resource to end it; GET /stats for counters of the process.
/// </summary>
internal sealed class BareWorkerHttp(IReadOnlyList<Shard> shards, DtlsIdentity identity) : IDisposable
{
    private const int MaxOffer = 256 << 10;

    private readonly HttpListener _listener = new();
    private readonly IdSource _ids = new(TimeProvider.System);
    private readonly string _fingerprint = identity.Fingerprint.Value.Replace(":", "", StringComparison.Ordinal);

    public string Url { get; private set; } = "";

    public void Start()
    {
        Url = $"http://127.0.0.1:{FreePort()}/";
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (HttpListenerException) when (!_listener.IsListening)
            {
                return;
            }

            _ = Task.Run(() => AnswerAsync(context));
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var path = context.Request.Url!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        using var response = context.Response;
        try
        {
            var body = (context.Request.HttpMethod, path) switch
            {
                ("GET", ["stats"]) => DescribeProcess(),
                ("POST", [var use, var room]) => await JoinAsync(context, use, room),
                ("DELETE", ["session", var room, var session]) => await LeaveAsync(room, session),
                _ => throw new FormatException("There is no such resource."),
            };
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
        }
        catch (Exception failure) when (failure is FormatException or HttpListenerException or IOException)
        {
            response.StatusCode = 400;
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(failure.Message));
        }
    }

    private async Task<string> JoinAsync(HttpListenerContext context, string use, string room)
    {
        using var reader = new StreamReader(context.Request.InputStream);
        var buffer = new char[MaxOffer];
        var length = await reader.ReadBlockAsync(buffer);
        var shard = shards[ShardOf(room)];
        var answer = Answer(use, new string(buffer, 0, length), shard);
        var parameters = new RoomParameters(room, "tenant", 1, null, null, 10_000, TimeSpan.FromMinutes(1));
        var peer = answer.Peer.ToParameters();
        _ = await shard.Inbox.AskAsync((engine, now) => engine.AdmitPeer(parameters, peer, now), default);
        context.Response.StatusCode = 201;
        context.Response.ContentType = "application/sdp";
        context.Response.Headers["Location"] = $"/session/{room}/{peer.Session}";
        return answer.Sdp;
    }

    private Answer Answer(string use, string offer, Shard shard)
    {
        var participant = new ParticipantSpec(
            _ids.New<ParticipantId>(),
            _ids.NewText("identity_"),
            "Load",
            null,
            new ParticipantGrants(true, true, true, null, false, Hidden: false, false)
        );
        var request = new AnswerRequest(
            _ids.New<SessionId>(),
            participant,
            use switch
            {
                "whip" => SessionUse.Publish,
                "whep" => SessionUse.Play,
                "meet" => SessionUse.Meet,
                _ => throw new FormatException("There is no such resource."),
            },
            shard.Addresses,
            _fingerprint,
            Previous: null
        );
        var refusal = SdpReader.TryRead(offer, out var description);
        Answer? answer = null;
        refusal ??= Answerer.TryAnswer(request, description!, new AnswerChance(_ids), out answer);
        return refusal is null ? answer! : throw new FormatException(refusal.ToString());
    }

    private async Task<string> LeaveAsync(string room, string session)
    {
        _ = await shards[ShardOf(room)]
            .Inbox.AskAsync((engine, now) => engine.ClosePeer(room, 1, session, EngineLeaveReason.Left, now), default);
        return "";
    }

    // Rooms in turn: "room-0" is on the first shard.
    private int ShardOf(string room)
    {
        var digits = room[(room.LastIndexOf('-') + 1)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number % shards.Count
            : 0;
    }

    private string DescribeProcess()
    {
        var pauses = GC.GetTotalPauseDuration();
        return JsonSerializer.Serialize(
            new
            {
                pid = Environment.ProcessId,
                allocatedBytes = GC.GetTotalAllocatedBytes(),
                collections = GC.CollectionCount(0),
                pauseMilliseconds = pauses.TotalMilliseconds,
                sockets = shards.Select(shard => shard.Port),
                faults = shards
                    .SelectMany(shard => shard.Faults)
                    .Where(fault => fault.Value > 0)
                    .GroupBy(fault => fault.Key)
                    .ToDictionary(group => group.Key, group => group.Sum(fault => fault.Value)),
            }
        );
    }
}
