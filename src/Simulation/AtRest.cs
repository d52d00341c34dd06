using Holdfast.Protocol.Messages;
using Holdfast.Simulation.Checkers;

namespace Holdfast.Simulation;

/// <summary>The end of a world in which nobody asks for anything any more: it must come to rest.</summary>
internal sealed class AtRest(Surroundings world, VirtualReplica[] replicas)
{
    private const long Second = 1_000_000;
    private const int SettlingSeconds = 15;
    private const int RestSeconds = 10;

    private readonly SortedDictionary<(int From, int To), long> _said = [];

    private IEnumerable<VirtualReplica> Correct => replicas.Where(replica => replica.IsRunning && !replica.IsFaulty);

    /// <summary>A frame arrives.</summary>
    public void Heard(int from, int to, Bytes frame)
    {
        if (world.Places.ReplicaAt(from) is not { } speaker
            || world.Places.ReplicaAt(to) is not { } hearer
            || speaker.Site == hearer.Site
            || replicas[from].IsFaulty
            || SiteInput.Decode(frame.Span[1..]) is not SiteMessage message)
        {
            return;
        }

        var link = (speaker.Site.Index, hearer.Site.Index);
        _said[link] = _said.GetValueOrDefault(link) + 1;
        foreach (var status in message.Outputs.Select(output => SiteStatus.FromLeaf(output.Leaf)).OfType<SiteStatus>())
        {
            world.Judge.Grudge.Heard(message.From, status.Front.Ordering.Wanted > status.Front.Ordering.View);
        }
    }

    public void Run()
    {
        world.Time.RunUntil(world.Time.Now + (SettlingSeconds * Second));
        _said.Clear();
        var before = Correct.ToDictionary(replica => replica.Id, ViewsOf);
        world.Time.RunUntil(world.Time.Now + (RestSeconds * Second));
        QuietAtLast.Conclude(_said.Select(said => (said.Key, said.Value)), RestSeconds);
        world.Judge.Grudge.Conclude(Correct
            .Where(replica => before.ContainsKey(replica.Id))
            .Select(replica => (replica.Id, before[replica.Id], ViewsOf(replica))));
    }

    private static (ulong Site, ulong Global) ViewsOf(VirtualReplica replica) =>
        (replica.Pump!.Status.View.Number, replica.Pump.Status.GlobalView.Number);
}
