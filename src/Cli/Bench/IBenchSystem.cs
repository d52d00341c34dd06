using Holdfast.Client;
using Holdfast.Protocol;

namespace Holdfast.Cli.Bench;

/// <summary>A replicated store on this machine that can be measured: this one, or one that it is compared
/// with.</summary>
internal interface IBenchSystem : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Places where clients can be; at place 0 updates are put in order.</summary>
    int Places { get; }

    /// <summary>Connections that clients may have at each place.</summary>
    int ConnectionsPerPlace { get; }

    Task StartAsync(CancellationToken cancel);

    /// <summary>Makes the roads by which places reach each other so wide from now on.</summary>
    /// <param name="megabits">A second, out of each place; null for as many as anyone likes.</param>
    void Widen(double? megabits);

    /// <summary>A connection for clients at this place.</summary>
    /// <param name="requestsInFlight">Requests that may be out on it at the same time; operations wait beyond
    /// that.</param>
    IBenchClient Connect(int place, int requestsInFlight);

    /// <summary>What its processes did and used so far.</summary>
    Task<CostSnapshot> SnapshotAsync(CancellationToken cancel);
}

/// <summary>One connection that many clients may share.</summary>
internal interface IBenchClient : IAsyncDisposable
{
    /// <exception cref="OperationFailedException">It was not done, or nobody knows.</exception>
    Task UpdateAsync(Bytes key, Bytes value, CancellationToken cancel);

    /// <exception cref="OperationFailedException">There is no answer.</exception>
    Task QueryAsync(Bytes key, QueryLevel level, CancellationToken cancel);
}
