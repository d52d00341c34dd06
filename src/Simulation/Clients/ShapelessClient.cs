using Holdfast.Protocol.Messages;

namespace Holdfast.Simulation.Clients;

/// <summary>Sends what has no right form: spoilt and cut frames, noise, operations and requests that are too long,
/// lists that are too long or empty, signatures that are made up.</summary>
internal sealed class ShapelessClient(Surroundings world, int self, Dice dice) : FaultyClient(world, self, dice)
{
    protected override void Act()
    {
        switch (Dice.Below(7))
        {
            case 0:
                OpenSession();
                break;
            case 1:
                Spoil(new Request(Sign(RequestOf(Number, ++Number, Write()))).Encode());
                break;
            case 2:
                ToAll(Dice.Bytes(Dice.Below(400)));
                break;
            case 3:
                var length = Limits.OperationBytes + Dice.Below(3) - 1;
                ToAll(Sign(RequestOf(Number, ++Number, MayRun(new Bytes(new byte[length])))));
                break;
            case 4:
                var count = Limits.OperationsPerRequest + Dice.Below(3) - 1;
                var writes = Enumerable.Range(0, Dice.OneIn(3) ? 0 : count).Select(_ => Write()).ToArray();
                ToAll(Sign(RequestOf(Number, Number + 1, writes)));
                Number += (ulong)writes.Length;
                break;
            case 5:
                ToAll(RequestOf(Number, ++Number, Write()) with { Signature = Dice.Bytes(Limits.SignatureBytes) });
                break;
            default:
                ToAll(Noise(Limits.RequestBytes + 1));
                break;
        }
    }

    private Bytes Noise(int length)
    {
        var bytes = new byte[length];
        bytes[0] = (byte)Dice.Below(32);
        return new Bytes(bytes);
    }

    private void Spoil(Bytes frame)
    {
        foreach (var replica in Replicas)
        {
            var bytes = frame.ToArray();
            bytes[Dice.Below(bytes.Length)] ^= (byte)(1 << Dice.Below(8));
            Send(replica, new Bytes(Dice.OneIn(3) ? bytes[..Dice.Below(bytes.Length)] : bytes));
        }
    }
}
