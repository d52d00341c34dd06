using System.Security.Cryptography;

namespace Holdfast.Cryptography;

/// <summary>One row of nonce pairs: the secret halves in guarded memory, the points, and which are taken.</summary>
internal sealed class NonceRow : IDisposable
{
    private readonly SecretBytes _secrets = new(NonceStore.RowLength * FrostNonce.SecretLength);
    private readonly byte[] _points = new byte[NonceStore.RowLength * Commitment.Length];
    private readonly bool[] _isTaken = new bool[NonceStore.RowLength];

    public NonceRow(ulong row, FrostShare share, FillRandom random)
    {
        Row = row;
        using var secrets = _secrets.Open();
        for (var index = 0; index < NonceStore.RowLength; index++)
        {
            FrostNonce.Fill(
                share,
                random,
                secrets.Bytes.Slice(index * FrostNonce.SecretLength, FrostNonce.SecretLength),
                _points.AsSpan(index * Commitment.Length, Commitment.Length));
        }
    }

    public ulong Row { get; }

    public ReadOnlySpan<byte> Points => _points;

    public int Left { get; private set; } = NonceStore.RowLength;

    /// <summary>Moves one pair out of the row: its place is zeroed before anyone can use what came out.</summary>
    public FrostNonce? Take(int index)
    {
        if (_isTaken[index])
        {
            return null;
        }

        _isTaken[index] = true;
        Left--;
        using var secrets = _secrets.Open();
        var pair = secrets.Bytes.Slice(index * FrostNonce.SecretLength, FrostNonce.SecretLength);
        var nonce = new FrostNonce(pair, _points.AsSpan(index * Commitment.Length, Commitment.Length));
        CryptographicOperations.ZeroMemory(pair);
        return nonce;
    }

    public void Dispose() => _secrets.Dispose();
}
