using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>A reply, and when the state that it speaks of was current for sure: repeated later, it is older.</summary>
internal sealed record DatedReply(ClientReply Reply, Timestamp CurrentAt);

/// <summary>The newest replies of this replica by the request that they answer, for clients that ask again. Volatile
/// and bounded: what fell out can be asked for by sending the request itself again.</summary>
internal sealed class RecentReplies
{
    private const int RepliesMax = 4096;
    private const int BytesMax = 16 * 1024 * 1024;
    private readonly SortedDictionary<Digest, (DatedReply Reply, int Size)> _replies = [];
    private readonly Queue<Digest> _oldestFirst = new();
    private int _bytes;

    public DatedReply? Find(Digest request) => _replies.TryGetValue(request, out var found) ? found.Reply : null;

    public void Add(DatedReply dated)
    {
        var reply = dated.Reply;
        var size = reply.ResultBytes;
        if (_replies.TryGetValue(reply.Request, out var earlier))
        {
            // What was not taken at first may be executed by now: who asks wants to hear that.
            _bytes -= earlier.Size;
        }
        else
        {
            _oldestFirst.Enqueue(reply.Request);
        }

        _replies[reply.Request] = (dated, size);
        _bytes += size;
        while (_oldestFirst.Count > RepliesMax || _bytes > BytesMax)
        {
            _replies.Remove(_oldestFirst.Dequeue(), out var oldest);
            _bytes -= oldest.Size;
        }
    }
}
