using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Turns what became of a request into the reply that its client gets.</summary>
internal sealed class RequestDesk(Genesis genesis)
{
    public ClientReply Reply(ClientRequest request, IReadOnlyList<OperationResult> results) => new(
        request.Client,
        request.Session,
        request.RequestDigest(genesis.Cluster),
        request.Level,
        ValueList.From(results));

    /// <summary>The same refusal for every operation of the request.</summary>
    public ClientReply Refuse(ClientRequest request, Outcome outcome, RefusedBecause because) =>
        ClientReply.Refuse(request, request.RequestDigest(genesis.Cluster), outcome, because);

    /// <summary>Answers each of the request's queries from one state.</summary>
    public ClientReply Answer(ClientRequest request, GlobalSnapshot state)
    {
        var results = request.Operations.Select((operation, index) =>
            state.Query(request.Client, request.FirstNumber + (ulong)index, operation.Body));
        return Reply(request, [.. results]);
    }
}
