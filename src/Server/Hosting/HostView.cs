using System.Globalization;
using Holdfast.Node;
using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Server.Hosting;

/// <summary>What other threads may see of a replica: immutable, shown anew after each turn of the pump. Local queries
/// are answered from it, beside the ordering of updates.</summary>
internal sealed class HostView(HostClock clock, Pump pump)
{
    private PublishedState _published = pump.Published;
    private ReplicaStatus _status = pump.Status;

    /// <summary>Adds the host's own lines to a report.</summary>
    public Func<IEnumerable<StatusField>> More { get; set; } = static () => [];

    public PublishedState Published => Volatile.Read(ref _published);

    public Instant Now => clock.Now;

    public ReplicaStatus Status => Volatile.Read(ref _status);

    /// <summary>Called by the pump's thread alone.</summary>
    public void Show()
    {
        Volatile.Write(ref _published, pump.Published);
        Volatile.Write(ref _status, pump.Status);
    }

    public LocalAnswer Answer(Bytes client, LocalQuery query) => Published.Answer(client, query, Now);

    /// <summary>How the replica does, as lines for people and for the demo's table.</summary>
    public StatusAnswer Report()
    {
        var (status, published) = (Status, Published);
        var fields = new List<StatusField>
        {
            Field(StatusNames.Replica, status.Self),
            Field(StatusNames.Process, Environment.ProcessId),
            Field(StatusNames.SiteView, status.View.Number),
            Field(StatusNames.Primary, status.Primary),
            Field(StatusNames.Votes, status.IsVoting ? "yes" : "no"),
            Field(StatusNames.Life, status.Life),
            Field(StatusNames.SiteSequence, status.Executed.Number),
            Field(StatusNames.StableSequence, status.Stable.Number),
            Field(StatusNames.CheckpointSequence, status.Checkpoint.At.Number),
            new(StatusNames.CheckpointDigest, status.Checkpoint.State.ToHex()[..16]),
            Field(StatusNames.GlobalView, status.GlobalView.Number),
            Field(StatusNames.InstalledView, status.InstalledView.Number),
            Field(StatusNames.LeadingSite, status.LeadingSite.Index),
            Field(StatusNames.GlobalSequence, status.GlobalExecuted.Number),
            Field(StatusNames.GlobalCommitted, status.GlobalCommitted.Number),
            Field(StatusNames.PendingUpdates, status.PendingUpdates),
            Field(StatusNames.Updates, status.ExecutedUpdates),
            Field(StatusNames.StateDigest, published.Snapshot.Digest.ToHex()[..16]),
            Field(StatusNames.AgeMilliseconds, Math.Round(published.AgeAt(clock.Now).TotalMilliseconds)),
        };
        if (status.SiteLife > Speaker.FirstLife)
        {
            fields.Add(Field(StatusNames.SiteLife, status.SiteLife));
        }

        if (!status.TakesPart)
        {
            fields.Add(Field(StatusNames.TakesPart, "no"));
        }

        if (status.Transfer is { } transfer)
        {
            fields.Add(Field(
                StatusNames.StateTransfer,
                $"{transfer.Entries} of {(transfer.EntriesTotal == 0 ? "?" : $"{transfer.EntriesTotal}")} entries, "
                + $"{transfer.Bytes} bytes, of the state at {transfer.Target}"));
        }

        if (status.Banned.Count > 0)
        {
            fields.Add(Field(StatusNames.Banned, string.Join(' ', status.Banned)));
        }

        foreach (var link in status.Links)
        {
            fields.Add(Field(
                $"{StatusNames.LinkTo}{link.Peer.Index}",
                $"representative {link.Representative} to {link.Receiver}, epoch {link.Epoch} "
                + $"since {link.Since.Microseconds} us, round trip "
                + $"{(link.RoundTrip is { } trip ? $"{trip.TotalMilliseconds:F0} ms" : "unknown")}, holds "
                + $"{link.HeldBytes} bytes"));
        }

        fields.AddRange(More());
        return new StatusAnswer(ValueList.From(fields.Take(Limits.StatusFields)));
    }

    public static StatusField Field(string name, object value) =>
        new(name, Convert.ToString(value, CultureInfo.InvariantCulture)!);
}
