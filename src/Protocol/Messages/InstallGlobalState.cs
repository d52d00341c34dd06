namespace Holdfast.Protocol.Messages;

/// <summary>A site takes over the Global part of the state at a place, instead of entries that nobody keeps any more. A
/// quorum of its replicas holds it, so a correct one has checked it, and none that comes later lacks it for ever.</summary>
/// <param name="Holders">Who signed <see cref="GlobalStateHeld"/>.</param>
public sealed record InstallGlobalState(WishedState Wish, ValueList<SignedBy> Holders) : SiteInput
{
    public override SiteInputKind Kind => SiteInputKind.InstallGlobalState;

    public override void Write(WireWriter writer)
    {
        Wish.Write(writer);
        SignedBy.WriteList(writer, Holders);
    }

    public static InstallGlobalState? Read(ref WireReader reader)
    {
        var input = new InstallGlobalState(WishedState.Read(ref reader), SignedBy.ReadList(ref reader));
        return reader.Finished ? input : null;
    }

    /// <summary>Whether so many different replicas of the site signed it as make a quorum.</summary>
    public bool IsProven(Genesis genesis, SiteId site, IVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        var word = new GlobalStateHeld(Wish);
        return Holders.Count == genesis[site].Size.Quorum
            && Holders.All(one => one.IsSignatureOf(word, genesis, site, verifier));
    }

    public bool Equals(InstallGlobalState? other) => other is not null && Encoded == other.Encoded;

    public override int GetHashCode() => Wish.GetHashCode();
}
