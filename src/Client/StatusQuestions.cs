using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Who waits for a replica's status. One answer serves all that wait for the same replica.</summary>
internal sealed class StatusQuestions
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ReplicaId, TaskCompletionSource<IReadOnlyList<StatusField>?>> _asked = [];

    public Task<IReadOnlyList<StatusField>?> Ask(ReplicaId replica)
    {
        lock (_gate)
        {
            if (!_asked.TryGetValue(replica, out var asked))
            {
                asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _asked.Add(replica, asked);
            }

            return asked.Task;
        }
    }

    public bool IsAsked(ReplicaId replica)
    {
        lock (_gate)
        {
            return _asked.ContainsKey(replica);
        }
    }

    public void Answer(ReplicaId replica, IReadOnlyList<StatusField> fields)
    {
        lock (_gate)
        {
            if (_asked.Remove(replica, out var asked))
            {
                asked.SetResult(fields);
            }
        }
    }
}
