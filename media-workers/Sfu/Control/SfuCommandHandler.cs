using EventMeet.Contracts.Messages;
using EventMeet.Media;
using EventMeet.Media.Values;
using EventMeet.WorkerHost;
using Microsoft.Extensions.Logging;
using LeaveReason = EventMeet.Media.Values.LeaveReason;

namespace EventMeet.Sfu.Control;

/// <summary>Carries the functions' orders to the shard that they name. An order that is refused is logged: the engine's state stands.</summary>
internal sealed class SfuCommandHandler(ShardSet shards, ILogger<SfuCommandHandler> logger)
    : ICommandHandler<SfuCommand>
{
    public async Task HandleAsync(SfuCommand command, CancellationToken stopping)
    {
        if (shards.InboxOf(command.Shard) is not { } inbox)
        {
            logger.CommandRefused(command.GetType().Name, command.Room.Value, "there is no such shard");
            return;
        }

        if (OrderOf(command) is not { } order)
        {
            logger.CommandRefused(command.GetType().Name, command.Room.Value, "it contradicts itself");
            return;
        }

        var refusal = await inbox.AskAsync(order, stopping);
        if (refusal is not EngineRefusal.None)
        {
            logger.CommandRefused(command.GetType().Name, command.Room.Value, refusal.ToString());
        }
    }

    private static Func<ForwardingEngine, MonotonicTime, EngineRefusal>? OrderOf(SfuCommand command)
    {
        try
        {
            switch (command)
            {
                case AdmitPeer admit when admit.Settings is not null && IsWhole(admit.Peer):
                {
                    var (room, peer) = (admit.Settings.ToParameters(admit), admit.Peer.ToParameters());
                    return (engine, now) => engine.AdmitPeer(room, peer, now);
                }

                case UpdatePeer update when IsWhole(update.Peer):
                {
                    var peer = update.Peer.ToParameters();
                    return (engine, now) => engine.UpdatePeer(update.Room.Value, update.Epoch, peer, now);
                }

                case ClosePeer close:
                    return (engine, now) =>
                        engine.ClosePeer(
                            close.Room.Value,
                            close.Epoch,
                            close.Session.Value,
                            (LeaveReason)close.Reason,
                            now
                        );
                case CloseRoom close:
                    return (engine, now) =>
                        engine.CloseRoom(close.Room.Value, close.Epoch, (LeaveReason)close.Reason, now);
                case OpenRelay open when open.Settings is not null && IsWhole(open):
                {
                    var (room, relay) = (open.Settings.ToParameters(open), open.ToParameters());
                    return (engine, now) => engine.OpenRelay(room, relay, now);
                }

                case UpdateRelay update:
                    return (engine, now) =>
                        engine.UpdateRelay(update.Room.Value, update.Epoch, update.Relay.Value, update.Paused, now);
                case CloseRelay close:
                    return (engine, now) => engine.CloseRelay(close.Room.Value, close.Epoch, close.Relay.Value, now);
                default:
                    return null;
            }
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // JSON that lacks a member leaves null where none is expected; the shard's thread must never meet one.
    private static bool IsWhole(PeerSpec? peer) =>
        peer
            is {
                Participant: { Identity: not null, Grants: not null },
                Dtls: { Algorithm: not null, Fingerprint: not null }
            }
        && peer.Ice is { LocalUfrag: not null, LocalPwd: not null, RemoteUfrag: not null, RemotePwd: not null }
        && peer.Media is { } media
        && media.All(IsWhole);

    private static bool IsWhole(OpenRelay open) =>
        open is { Relay: { SenderKey: not null, ReceiverKey: not null }, Filter: not null }
        && open.Addresses is { } addresses
        && addresses.All(each => each is { Address: not null });

    private static bool IsWhole(MediaSpec? media) =>
        media is { Mid: not null, Codecs: not null, Extensions: not null }
        && media.Codecs.All(codec => codec is { Name: not null, Feedback: not null, ClockRate: > 0 })
        && media.Extensions.All(extension => extension is { Uri: not null })
        && media.Published is null or { Ssrcs: not null, RtxSsrcs: not null, Rids: not null }
        && media.Slot is null or { Cname: not null };
}
