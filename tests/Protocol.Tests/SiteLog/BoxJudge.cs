using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What the judge found, with the seed to play it again.</summary>
public sealed class BoxBrokenException(string what) : Exception(what);

/// <summary>Watches a box from outside: one order, executed in order, and no correct replica that contradicts itself.
/// Shares nothing with what it watches.</summary>
internal sealed class BoxJudge(ulong seed)
{
    private readonly SortedDictionary<ulong, Digest> _order = [];
    private readonly SortedDictionary<string, Digest> _said = [];
    private readonly SortedDictionary<(int Replica, int Face, int Life), ulong> _last = [];

    /// <summary>Digest of all that happened, for the comparison of two runs.</summary>
    public Digest Events { get; private set; }

    public int Batches => _order.Count;

    public void OnExecuted(BoxReplica replica, SiteSequence sequence, Batch batch)
    {
        Mix($"execute {replica.Index} {replica.Face} {sequence} {batch.Digest}");
        if (!replica.IsCorrect)
        {
            return;
        }

        if (_order.TryGetValue(sequence.Number, out var known) && known != batch.Digest)
        {
            throw new BoxBrokenException($"S1: two batches at {sequence}; seed {seed}");
        }

        _order[sequence.Number] = batch.Digest;
        var key = (replica.Index, replica.Face, replica.Life);
        if (_last.TryGetValue(key, out var last) && last + 1 != sequence.Number)
        {
            throw new BoxBrokenException($"S4: {replica.Index} executed {sequence} after n{last}; seed {seed}");
        }

        _last[key] = sequence.Number;
    }

    /// <summary>A word has left a replica, in its own name.</summary>
    public void OnSaid(BoxReplica replica, Said said)
    {
        if (!replica.IsCorrect || said.Replica != replica.Index)
        {
            return;
        }

        var key = said.Word switch
        {
            PrePrepare word => $"{replica.Index} pre-prepare {word.View} {word.Sequence}",
            Prepare word => $"{replica.Index} prepare {word.View} {word.Sequence}",
            Commit word => $"{replica.Index} commit {word.View} {word.Sequence}",
            Checkpoint word => $"{replica.Index} checkpoint {word.Sequence}",
            ViewChange word => $"{replica.Index} view change {word.View}",
            NewView word => $"{replica.Index} new view {word.View}",
            _ => null,
        };
        if (key is null)
        {
            return;
        }

        var content = new WireWriter();
        said.Word.WriteSigned(content);
        var digest = Digest.Of(content);
        if (_said.TryGetValue(key, out var known) && known != digest)
        {
            throw new BoxBrokenException($"S3: {key} said twice, differently; seed {seed}");
        }

        _said[key] = digest;
        Mix($"{key} {digest}");
    }

    private void Mix(string what)
    {
        var writer = new WireWriter();
        writer.Digest(Events);
        writer.Text(what);
        Events = Digest.Of(writer);
    }
}
