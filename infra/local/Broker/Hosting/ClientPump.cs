using System.Net.Sockets;
using System.Threading.Channels;
using EventMeet.Broker.Amqp;
using Microsoft.Extensions.Logging;

namespace EventMeet.Broker.Hosting;

/// <summary>Carries bytes between one socket and its connection.</summary>
internal sealed class ClientPump : IDisposable
{
    private const int ReceiveBytes = 32 * 1024;

    // What a connection that is over may take to say so.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);
    private static readonly BoundedChannelOptions OneSignal = new(1) { FullMode = BoundedChannelFullMode.DropWrite };

    private readonly Socket _socket;
    private readonly BrokerCore _core;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<bool> _output = Channel.CreateBounded<bool>(OneSignal);
    private readonly Channel<bool> _drained = Channel.CreateBounded<bool>(OneSignal);
    private readonly CancellationTokenSource _ended = new();

    internal ClientPump(long number, Socket socket, BrokerCore core, TimeProvider clock, ILogger logger)
    {
        Number = number;
        _socket = socket;
        _core = core;
        _clock = clock;
        _logger = logger;
        Connection = new AmqpConnection(core, clock.GetUtcNow()) { OutputReady = () => _output.Writer.TryWrite(true) };
    }

    internal long Number { get; }

    internal AmqpConnection Connection { get; }

    internal Task Ended { get; private set; } = Task.CompletedTask;

    internal void Start(Action<ClientPump> whenEnded) =>
        Ended = Task.Run(() => RunAsync(whenEnded), CancellationToken.None);

    public void Dispose()
    {
        _socket.Dispose();
        _ended.Dispose();
    }

    private async Task RunAsync(Action<ClientPump> whenEnded)
    {
        try
        {
            var reading = ReadAsync(_ended.Token);
            var writing = WriteAsync(_ended.Token);
            await Task.WhenAny(reading, writing);
            await FinishAsync(writing);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client is gone.
        }
        finally
        {
            lock (_core.Gate)
            {
                Connection.HandleDisconnected(_clock.GetUtcNow());
                _core.ReleaseOutput();
            }

            _logger.ConnectionEnded(Number, Connection.EndReason ?? "");
            whenEnded(this);
            Dispose();
        }
    }

    private async Task ReadAsync(CancellationToken ended)
    {
        var buffer = new byte[ReceiveBytes];
        while (true)
        {
            var received = await _socket.ReceiveAsync(buffer, ended);
            if (received == 0)
            {
                return;
            }

            bool wait;
            lock (_core.Gate)
            {
                Connection.HandleBytes(buffer.AsSpan(0, received), _clock.GetUtcNow());
                _core.ReleaseOutput();
                if (Connection.EndReason is not null)
                {
                    return;
                }

                wait = Connection.IsCongested;
            }

            // A client that asks faster than it reads the answers is not listened to meanwhile.
            while (wait)
            {
                await _drained.Reader.ReadAsync(ended);
                wait = Connection.IsCongested;
            }

            while (_core.IsBehind)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), _clock, ended);
            }
        }
    }

    private async Task WriteAsync(CancellationToken ended)
    {
        var buffer = new byte[ReceiveBytes];
        while (true)
        {
            await _output.Reader.ReadAsync(ended);
            var (length, isLast) = Take(ref buffer);
            for (var sent = 0; sent < length; )
            {
                sent += await _socket.SendAsync(buffer.AsMemory(sent, length - sent), ended);
            }

            if (isLast)
            {
                _socket.Shutdown(SocketShutdown.Send);
                return;
            }

            _drained.Writer.TryWrite(true);
        }
    }

    private (int Length, bool IsLast) Take(ref byte[] buffer)
    {
        lock (_core.Gate)
        {
            var output = Connection.Output;
            var wasCongested = Connection.IsCongested;
            if (buffer.Length < output.Length)
            {
                buffer = new byte[output.Length];
            }

            output.Written.CopyTo(buffer);
            var length = output.Length;
            output.Clear();
            if (wasCongested)
            {
                Connection.HandleWritable(_clock.GetUtcNow());
                _core.ReleaseOutput();
            }

            return (length, Connection.EndReason is not null && output.Length == 0);
        }
    }

    /// <summary>Gives the last words a moment, then cuts the line.</summary>
    private async Task FinishAsync(Task writing)
    {
        _output.Writer.TryWrite(true);
        if (Connection.EndReason is not null)
        {
            await Task.WhenAny(writing, Task.Delay(Farewell, _clock));
        }

        await _ended.CancelAsync();
    }
}
