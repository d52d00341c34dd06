using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Checkers;

/// <summary>A nonce signs one message in one group, ever, in the whole world: a second use would give a share of the
/// site's key away.</summary>
public sealed class NonceOnce
{
    private readonly Dictionary<NoncePoints, (Bytes Message, ValueList<GroupMember> Members)> _used = [];

    public void Used(NoncePoints points, Bytes message, ValueList<GroupMember> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        if (!_used.TryAdd(points, (message, members)))
        {
            throw new CheckFailedException(
                nameof(NonceOnce), $"the nonce {points.Hiding} was used for {_used[points].Message} and for {message}");
        }
    }
}
