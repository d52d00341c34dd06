namespace Holdfast.Protocol.Messages;

/// <summary>A view change with its speaker and signature, as a new view carries it.</summary>
public sealed record SignedViewChange(int Replica, ViewChange Word, Bytes Signature)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Replica);
        Word.Write(writer);
        writer.Fixed(Signature.Span);
    }

    public static SignedViewChange Read(ref WireReader reader) =>
        new(reader.Byte(), ViewChange.ReadFields(ref reader), reader.Fixed(Limits.SignatureBytes));
}

/// <summary>The new primary's proof that its view may begin: view changes of a quorum. What the view offers again
/// follows from them alone, so everyone computes it and nothing is left to believe.</summary>
/// <param name="Changes">Exactly a quorum, by ascending replica.</param>
public sealed record NewView(SiteView View, ValueList<SignedViewChange> Changes) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.NewView;

    public override string SignedAs => "holdfast new view 1";

    /// <summary>The highest place that one of the view changes proves to be stable.</summary>
    public SiteSequence Stable => Changes.Select(change => change.Word.Stable.Sequence)
        .DefaultIfEmpty()
        .Max();

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        writer.Count(Changes.Count);
        foreach (var change in Changes)
        {
            change.Write(writer);
        }
    }

    public static NewView? Read(ref WireReader reader)
    {
        var view = reader.SiteView();
        var changes = new SignedViewChange[reader.Count(Limits.ReplicasPerSite)];
        for (var index = 0; index < changes.Length && !reader.Failed; index++)
        {
            changes[index] = SignedViewChange.Read(ref reader);
        }

        return reader.Finished ? new(view, new(changes)) : null;
    }

    /// <summary>Whether it is what a correct primary of this view may say. Pure: the gate asks it, on any
    /// thread.</summary>
    public bool IsProven(Genesis genesis, SiteId site, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        return IsSound(genesis[site].Size) && Changes.All(change =>
            new SignedBy(change.Replica, change.Signature).IsSignatureOf(change.Word, genesis, site, verifier)
            && change.Word.IsProven(genesis, site, verifier));
    }

    /// <summary>Form only: a quorum of different replicas' view changes for this view, none of them a window behind
    /// another. What a replica said before it lost its disk is at least two windows behind all that it says since
    /// (<see cref="ReplicaLife"/>), so it does not count beside what others have said since then.</summary>
    public bool IsSound(SiteSize size)
    {
        if (Changes.Any(change => !change.Word.IsNear(Stable)))
        {
            return false;
        }

        var below = -1;
        foreach (var change in Changes)
        {
            if (change.Replica <= below || change.Word.View != View || !change.Word.IsSound())
            {
                return false;
            }

            below = change.Replica;
        }

        return Changes.Count == size.Quorum && below < size.Replicas;
    }
}
