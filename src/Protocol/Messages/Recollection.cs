namespace Holdfast.Protocol.Messages;

/// <summary>The answer to an <see cref="Inquiry"/>: the newest signed words of the asker that the speaker holds. They
/// prove themselves; that there are none is the speaker's word.</summary>
/// <param name="Run">The process that asked.</param>
public sealed record Recollection(Digest Run, ValueList<RecalledWord> Words) : SiteWord
{
    public override SiteWordKind Kind => SiteWordKind.Recollection;

    public override void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Digest(Run);
        writer.Count(Words.Count);
        foreach (var word in Words)
        {
            word.Write(writer);
        }
    }

    public static Recollection? Read(ref WireReader reader)
    {
        var run = reader.Digest();
        var words = new RecalledWord?[reader.Count(Limits.WordsRecalled)];
        for (var index = 0; index < words.Length; index++)
        {
            words[index] = RecalledWord.Read(ref reader);
            if (words[index] is null)
            {
                return null;
            }
        }

        return reader.Finished ? new(run, ValueList.From(words.Select(word => word!))) : null;
    }
}

/// <summary>A signed word of the replica that it is told to.</summary>
public sealed record RecalledWord(SiteWord Word, Bytes Signature)
{
    public void Write(WireWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Byte((byte)Word.Kind);
        writer.Fixed(Signature.Span);
        writer.Bytes(SiteWords.Encode(Word));
    }

    public static RecalledWord? Read(ref WireReader reader)
    {
        var (kind, signature) = ((SiteWordKind)reader.Byte(), reader.Fixed(Limits.SignatureBytes));
        var bytes = reader.Bytes(Limits.RecalledWordBytes);
        if (reader.Failed || !IsRecalled(kind) || SiteWords.Decode(kind, bytes.Span) is not { } word)
        {
            return null;
        }

        // An offer is signed without its batch, and recalled so.
        return word is PrePrepare { Batch: not null } ? null : new(word, signature);
    }

    /// <summary>Words that a replica writes down before it says them: others prove nothing about its disk.</summary>
    private static bool IsRecalled(SiteWordKind kind) => kind is SiteWordKind.Inquiry or SiteWordKind.PrePrepare
        or SiteWordKind.Prepare or SiteWordKind.Checkpoint or SiteWordKind.ViewChange;
}
