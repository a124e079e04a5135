using EventMeet.Media.Packets;
using EventMeet.Media.Srtp;

namespace EventMeet.Media.Peers;

/// <summary>Where one receiver's datagrams leave: what seals them, and the train that they wait in.</summary>
internal sealed class Outlet : IDisposable
{
    /// <summary>Gets where datagrams wait for the end of the turn.</summary>
    public TrainYard.Train Train { get; } = new();

    /// <summary>Gets or sets what seals packets; null before there are keys.</summary>
    public SrtpSender? Sender { get; set; }

    /// <summary>Reads what the next packet needs, so that it is in the processor's cache.</summary>
    /// <returns>Nothing of use; it keeps the reads from being left out.</returns>
    public int Warm() => Train.LastLength + (Sender?.Warm() ?? 0);

    /// <summary>Wipes the keys.</summary>
    public void Dispose() => Sender?.Dispose();
}
