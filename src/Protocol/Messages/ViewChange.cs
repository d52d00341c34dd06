namespace Holdfast.Protocol.Messages;

/// <summary>A replica's word that it has left every view below this one, and what it had prepared by then (PBFT, OSDI
/// '99, section 4.4).</summary>
/// <param name="Stable">The last stable checkpoint that it knows, with proof.</param>
/// <param name="Prepared">For each place above, ascending, the certificate of the highest view.</param>
public sealed record ViewChange(
    SiteView View, StableCheckpoint Stable, ValueList<PreparedCertificate> Prepared) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.ViewChange;

    public override string SignedAs => "holdfast view change 1";

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.View(View);
        Stable.Write(writer);
        writer.Count(Prepared.Count);
        foreach (var certificate in Prepared)
        {
            certificate.Write(writer);
        }
    }

    /// <summary>Reads the fields and leaves what follows to the caller.</summary>
    public static ViewChange ReadFields(ref WireReader reader)
    {
        var (view, stable) = (reader.SiteView(), StableCheckpoint.Read(ref reader));
        var prepared = new PreparedCertificate[reader.Count(Limits.SiteWindow)];
        for (var index = 0; index < prepared.Length && !reader.Failed; index++)
        {
            prepared[index] = PreparedCertificate.Read(ref reader);
        }

        return new(view, stable, reader.Failed ? ValueList<PreparedCertificate>.Empty : new(prepared));
    }

    public static ViewChange? Read(ref WireReader reader)
    {
        var word = ReadFields(ref reader);
        return reader.Finished && word.IsSound() ? word : null;
    }

    /// <summary>Whether every certificate in it is valid. Pure: the gate asks it, on any thread.</summary>
    public bool IsProven(Genesis genesis, SiteId site, IVerifier verifier) =>
        IsSound()
        && Stable.IsProven(genesis, site, verifier)
        && Prepared.All(certificate => certificate.IsProven(genesis, site, verifier));

    /// <summary>Whether it is no more than a window behind a place.</summary>
    public bool IsNear(SiteSequence place) =>
        place <= Stable.Sequence || place.Number - Stable.Sequence.Number <= Limits.SiteWindow;

    /// <summary>Form only: places ascend inside the window above the checkpoint, in views below the new one.</summary>
    public bool IsSound()
    {
        var below = Stable.Sequence;
        foreach (var certificate in Prepared)
        {
            if (certificate.Sequence <= below
                || certificate.Sequence.Number - Stable.Sequence.Number > Limits.SiteWindow
                || certificate.View >= View)
            {
                return false;
            }

            below = certificate.Sequence;
        }

        return View.Number > 0;
    }
}
