using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>The key-value store of a Holdfast system, for applications. Reads are local unless another level is asked
/// for.</summary>
/// <remarks>All methods throw <see cref="OperationFailedException"/> where there is no answer, and
/// <see cref="KeyValueRefusedException"/> where the store says no.</remarks>
public sealed class KeyValueClient(HoldfastClient client)
{
    /// <summary>Sets a key.</summary>
    /// <param name="withPrevious">The answer tells what was there before.</param>
    public Task<KeyValueResult<KeyValueReply.Put>> PutAsync(
        Bytes key,
        Bytes value,
        bool withPrevious = false,
        UpdateOptions? options = null,
        CancellationToken cancel = default) =>
        UpdateAsync<KeyValueReply.Put>(new KeyValueOperation.Put(key, value, withPrevious), options, cancel);

    /// <summary>Deletes all keys of a range; for one key, <see cref="KeyRange.Single"/>.</summary>
    public Task<KeyValueResult<KeyValueReply.Delete>> DeleteAsync(
        KeyRange keys,
        bool withPrevious = false,
        UpdateOptions? options = null,
        CancellationToken cancel = default) =>
        UpdateAsync<KeyValueReply.Delete>(new KeyValueOperation.Delete(keys, withPrevious), options, cancel);

    /// <summary>If all conditions hold then the one list, else the other: all of it at one revision.</summary>
    public Task<KeyValueResult<KeyValueReply.Transaction>> TransactAsync(
        KeyValueOperation.Transaction transaction,
        UpdateOptions? options = null,
        CancellationToken cancel = default) =>
        UpdateAsync<KeyValueReply.Transaction>(transaction, options, cancel);

    /// <summary>Forgets what was before a revision.</summary>
    public Task<KeyValueResult<KeyValueReply.Compact>> CompactAsync(
        ulong revision, UpdateOptions? options = null, CancellationToken cancel = default) =>
        UpdateAsync<KeyValueReply.Compact>(new KeyValueOperation.Compact(revision), options, cancel);

    /// <summary>One key as it is; null if it is not there.</summary>
    public async Task<KeyValueResult<KeyValueItem?>> GetAsync(
        Bytes key, QueryLevel level = QueryLevel.Local, CancellationToken cancel = default)
    {
        var range = await RangeAsync(RangeRequest.Get(key), level, withRevision: false, cancel).ConfigureAwait(false);
        return new(range.Value.Items.Count == 0 ? null : range.Value.Items[0], range.Outcome);
    }

    /// <summary>Keys, in order.</summary>
    /// <param name="withRevision">The answer names the store's revision. It then changes with every update, so that a
    /// local query of a busy store may have to be ordered.</param>
    public Task<KeyValueResult<KeyValueReply.Range>> RangeAsync(
        RangeRequest request,
        QueryLevel level = QueryLevel.Local,
        bool withRevision = false,
        CancellationToken cancel = default) =>
        QueryAsync<KeyValueReply.Range>(new KeyValueQuery.Range(request, withRevision), level, cancel);

    /// <summary>What changed in a range, from a revision on.</summary>
    public Task<KeyValueResult<KeyValueReply.Changes>> ChangesAsync(
        KeyValueQuery.Changes query, QueryLevel level = QueryLevel.Local, CancellationToken cancel = default) =>
        QueryAsync<KeyValueReply.Changes>(query, level, cancel);

    /// <summary>How far the store is.</summary>
    public Task<KeyValueResult<KeyValueReply.Status>> StatusAsync(
        QueryLevel level = QueryLevel.Local, CancellationToken cancel = default) =>
        QueryAsync<KeyValueReply.Status>(new KeyValueQuery.Status(), level, cancel);

    private async Task<KeyValueResult<T>> UpdateAsync<T>(
        KeyValueOperation operation, UpdateOptions? options, CancellationToken cancel)
        where T : KeyValueReply =>
        Read<T>(await client.ExecuteAsync(operation.Encode().Memory, options, cancel).ConfigureAwait(false));

    private async Task<KeyValueResult<T>> QueryAsync<T>(
        KeyValueQuery query, QueryLevel level, CancellationToken cancel)
        where T : KeyValueReply =>
        Read<T>(await client.QueryAsync(query.Encode().Memory, level, cancel).ConfigureAwait(false));

    private static KeyValueResult<T> Read<T>(ClientOutcome outcome)
        where T : KeyValueReply
    {
        if (outcome.Outcome is not (Outcome.Committed or Outcome.Answered))
        {
            throw new OperationFailedException(outcome);
        }

        return KeyValueReply.Decode(outcome.Result) switch
        {
            T reply => new(reply, outcome),
            KeyValueReply.Refused refused => throw new KeyValueRefusedException(refused.Error, refused.Revision),
            _ => throw new InvalidDataException(
                "Expected a reply of the key-value store, found another: the system runs another application."),
        };
    }
}
