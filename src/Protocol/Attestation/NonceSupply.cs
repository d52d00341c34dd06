using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol;

/// <summary>Sees to it that a replica always has commitments agreed on: a new incarnation once this process has caught
/// up, then row after row, at half. The nonces themselves are the effect's, in memory only; what is in here is lost
/// with them.
/// </summary>
public sealed class NonceSupply(int self, AttestationLedger ledger)
{
    private static readonly TimeSpan OfferAgainAfter = TimeSpan.FromSeconds(2);

    // The rows that this process has made, by place, with the digest of their points.
    private readonly SortedDictionary<(uint Incarnation, uint Row), Digest> _made = [];
    private AttestationLedger _ledger = ledger;
    private NonceCommitments? _offered;
    private Instant _offerAgainAt = Instant.Never;
    private (uint Incarnation, uint Row)? _asked;
    private uint _incarnation;
    private bool _isCaughtUp;

    /// <summary>When something may have to be offered again.</summary>
    public Instant NextWake => _offerAgainAt;

    /// <summary>A row of a life before is not ours: for its places this process keeps silent (N2).</summary>
    public bool HasMade(GroupMember member) => _made.ContainsKey((member.Incarnation, member.Row));

    /// <summary>The replica knows all that its site has agreed on: before that it might repeat an
    /// incarnation.</summary>
    public void OnCaughtUp() => _isCaughtUp = true;

    /// <summary>Another machine, far ahead of the one before, tells what is agreed. The nonces in memory stay good:
    /// where they are agreed on, they are still nobody else's.</summary>
    public NonceSupply StartAt(AttestationLedger ledger)
    {
        (_ledger, _isCaughtUp) = (ledger, false);
        return this;
    }

    public void OnNoncesMade(Input.NoncesMade made, Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(effects);
        if (_asked != (made.Incarnation, made.Row) || made.KeyEpoch != _ledger.KeyEpoch)
        {
            return;
        }

        _asked = null;
        _made[(made.Incarnation, made.Row)] = CommitmentStock.NameOf(made.Points);
        _offered = new NonceCommitments(made.KeyEpoch, self, made.Incarnation, made.Row, made.Points, default);
        Offer(now, effects);
    }

    /// <summary>Asks for what is missing. To be called after every batch and when woken.</summary>
    public void Advance(Instant now, Effects effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (!_isCaughtUp || _ledger.Site.Size.Faults == 0 || _ledger.IsBanned(self))
        {
            // Nothing to do, and so nothing to be woken for.
            _offerAgainAt = Instant.Never;
            return;
        }

        var stock = _ledger.StockOf(self);
        if (_offered is not null && _ledger.Judge(_offered) == InputStanding.Obsolete)
        {
            (_offered, _offerAgainAt) = (null, Instant.Never);
        }

        if (_incarnation == 0 || IsAnothers(stock))
        {
            (_incarnation, _offered, _offerAgainAt) = (stock.Incarnation + 1, null, Instant.Never);
            _made.Clear();
            Ask(0, effects);
        }
        else if (_offered is not null && now >= _offerAgainAt)
        {
            Offer(now, effects);
        }
        else if (_offered is null && _asked is null && stock.Incarnation == _incarnation && _ledger.RefillWanted(self))
        {
            Ask(stock.NextRow, effects);
        }
    }

    /// <summary>The site has taken a row in our name that this process did not make: a process of before it published
    /// it late. Its nonces are gone; the next incarnation voids it.</summary>
    private bool IsAnothers(CommitmentStock stock) =>
        stock.Incarnation > _incarnation
        || (stock.Incarnation == _incarnation
            && (!_made.TryGetValue((_incarnation, stock.NextRow - 1), out var name) || name != stock.NewestRow));

    private void Ask(uint row, Effects effects)
    {
        while (_made.Count > 2 * Limits.RowsHeldPerReplica)
        {
            _made.Remove(_made.First().Key);
        }

        _asked = (_incarnation, row);
        effects.Add(new Effect.MakeNonces(_ledger.KeyEpoch, _incarnation, row));
    }

    private void Offer(Instant now, Effects effects)
    {
        _offerAgainAt = now + OfferAgainAfter;
        effects.Add(new Effect.SignInput(_offered!));
    }
}
