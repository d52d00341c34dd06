namespace Holdfast.Client;

/// <summary>What a query promises.</summary>
public enum QueryLevel
{
    /// <summary>The state after some prefix of the global order, never older than what this client has seen, its own
    /// writes included. One round trip in the site; needs no other site.</summary>
    Local,

    /// <summary>Linearizable among the clients of the answering site. Needs no other site.</summary>
    Ordered,

    /// <summary>Linearizable among all clients. One round trip among a majority of sites.</summary>
    Global,
}
