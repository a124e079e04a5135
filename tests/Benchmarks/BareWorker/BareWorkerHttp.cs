using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EventMeet.Benchmarks.Interop;
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
internal sealed class BareWorkerHttp(IReadOnlyList<Shard> shards, DtlsIdentity identity, bool spread) : IDisposable
{
    private const int MaxRequest = 256 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IdSource _ids = new(TimeProvider.System);
    private int _joined;
    private readonly string _fingerprint = identity.Fingerprint.Value.Replace(":", "", StringComparison.Ordinal);

    public string Url => $"http://{_listener.LocalEndpoint}/";

    public void Start()
    {
        _listener.Start(512);
        _ = Task.Run(ServeAsync);
    }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            var connection = await _listener.AcceptTcpClientAsync();
            _ = Task.Run(() => AnswerAsync(connection));
        }
    }

    // One request per connection: it is not HTTP that is measured here.
    private async Task AnswerAsync(TcpClient connection)
    {
        using (connection)
        {
            var stream = connection.GetStream();
            var (method, path, offer) = await ReadRequestAsync(stream);
            var (status, location, body) = (method, path) switch
            {
                ("GET", ["weight"]) => ("200 OK", "", Weigh()),
                ("GET", ["stats"]) => ("200 OK", "", DescribeProcess()),
                ("POST", [var use, var room]) => await JoinAsync(use, room, offer),
                ("DELETE", ["session", var room, var session]) => await LeaveAsync(room, session),
                _ => ("404 Not Found", "", ""),
            };
            var type = method is "POST" ? "application/sdp" : "application/json";
            var head =
                $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
                + $"Location: {location}\r\nConnection: close\r\n\r\n";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(head + body));
        }
    }

    private static async Task<(string Method, string[] Path, string Body)> ReadRequestAsync(NetworkStream stream)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxRequest);
        try
        {
            return await ReadRequestAsync(stream, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<(string Method, string[] Path, string Body)> ReadRequestAsync(
        NetworkStream stream,
        byte[] buffer
    )
    {
        var (length, bodyAt, wanted) = (0, -1, int.MaxValue);
        while (length < wanted)
        {
            var count = await stream.ReadAsync(buffer.AsMemory(length));
            if (count == 0)
            {
                break;
            }

            length += count;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (bodyAt < 0 && end >= 0)
            {
                bodyAt = end + 4;
                wanted = bodyAt + LengthOf(Encoding.ASCII.GetString(buffer, 0, end));
            }
        }

        if (bodyAt < 0)
        {
            return ("", [], "");
        }

        var line = Encoding.ASCII.GetString(buffer, 0, bodyAt).Split(' ', 3);
        var path = line[1].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (line[0], path, Encoding.UTF8.GetString(buffer, bodyAt, length - bodyAt));
    }

    private static int LengthOf(string head)
    {
        const string Name = "Content-Length: ";
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line[Name.Length..], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private async Task<(string Status, string Location, string Body)> JoinAsync(string use, string room, string offer)
    {
        // A room is spread by its sessions in turn.
        var home = shards[ShardOf(room)];
        var shard = spread ? shards[(home.Number + Interlocked.Increment(ref _joined)) % shards.Count] : home;
        Answer answer;
        try
        {
            answer = Answer(use, offer, shard);
        }
        catch (FormatException failure)
        {
            return ("400 Bad Request", "", failure.Message);
        }

        var parameters = new RoomParameters(room, "tenant", 1, null, null, 10_000, TimeSpan.FromMinutes(1))
        {
            HomeShard = home.Number,
        };
        var peer = answer.Peer.ToParameters();
        _ = await shard.Inbox.AskAsync((engine, now) => engine.AdmitPeer(parameters, peer, now), default);
        return ("201 Created", $"/session/{room}/{peer.Session}", answer.Sdp);
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

    private async Task<(string Status, string Location, string Body)> LeaveAsync(string room, string session)
    {
        _ = await shards[ShardOf(room)]
            .Inbox.AskAsync((engine, now) => engine.ClosePeer(room, 1, session, EngineLeaveReason.Left, now), default);
        return ("200 OK", "", "");
    }

    // Rooms in turn: "room-0" is on the first shard.
    private int ShardOf(string room)
    {
        var digits = room[(room.LastIndexOf('-') + 1)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number % shards.Count
            : 0;
    }

    private static string Weigh()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return JsonSerializer.Serialize(
            new { managedBytes = GC.GetTotalMemory(forceFullCollection: false), nativeBytes = NativeHeap.BytesInUse() }
        );
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
