using EventMeet.Media.Values;

namespace EventMeet.Sockets;

/// <summary>
/// Remembers destinations whose path takes no trains, so that not every train to them fails first. Of two that share a place
/// the newer is remembered. Paths change: now and then a train is tried again.
/// </summary>
internal sealed class TrainRefusals
{
    /// <summary>After so many trains that were not tried, the next one is.</summary>
    public const int TrainsBetweenTries = 1000;

    private const int Capacity = 256; // a power of two

    private readonly (TransportAddress Destination, int TrainsLeft)[] _places = new (TransportAddress, int)[Capacity];
    private bool _isEmpty = true;

    /// <summary>A destination has refused a train.</summary>
    public void Note(TransportAddress destination)
    {
        _isEmpty = false;
        _places[PlaceOf(destination)] = (destination, TrainsBetweenTries);
    }

    /// <summary>Is the next train to this destination to be sent one by one?</summary>
    public bool Refuses(TransportAddress destination)
    {
        if (_isEmpty)
        {
            return false;
        }

        ref var place = ref _places[PlaceOf(destination)];
        return place.Destination == destination && place.TrainsLeft-- > 0;
    }

    private static int PlaceOf(TransportAddress destination) => destination.GetHashCode() & (Capacity - 1);
}
