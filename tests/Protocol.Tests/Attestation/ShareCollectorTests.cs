using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>What one replica makes of the shares of others, word by word.</summary>
public sealed class ShareCollectorTests
{
    private const int Self = 3;

    private readonly AttestationLedger _ledger = new(Sample.Genesis(1), Sample.Home, new IdealSigning());
    private readonly ShareCollector _collector;
    private readonly Effects _effects = new();

    public ShareCollectorTests()
    {
        _collector = new(Self, _ledger, new IdealSigning(), _ => true);
        for (var replica = 0; replica < 4; replica++)
        {
            _ledger.OnCommitments(Sample.Row(replica, 1, 0), Sample.At(0));
        }

        _ledger.Assign(Sample.Statement(1), Sample.At(1));
    }

    private static Said Share(SigningGroup group, int member, byte content = 0) => new(
        member,
        new ThresholdShare(group.PlaceOf(member), Digest.Of([content]), default, group.Name),
        new(new byte[64]));

    private static Said Signature(int replica, ulong sequence) =>
        new(replica, new SiteSignature(1, new(sequence), new(new byte[64])), default);

    private void Assign(params SigningGroup[] groups)
    {
        foreach (var group in groups)
        {
            _collector.OnAssigned(group, CombinerDuty.ForAll, new(0), _effects);
        }
    }

    private List<T> Take<T>()
        where T : Effect
    {
        var taken = _effects.OfType<T>().ToList();
        _effects.Clear();
        return taken;
    }

    [Fact]
    public void Early_shares_for_the_second_of_two_groups_are_there_when_it_is_assigned()
    {
        Assign([.. _ledger.DrainNew()]);
        _ledger.OnRetry(Sample.Retry(2, 1, 0, 0), Sample.At(2));
        _ledger.OnRetry(Sample.Retry(3, 1, 0, 0), Sample.At(2));
        var (first, second) = (_ledger.DrainNew()[0], _ledger.Find(new(1))!.Find(1, 1)!);
        foreach (var member in second.Members)
        {
            _collector.OnWord(Share(second, member.Replica), new(0), _effects);
        }

        Assign(first, second);

        Assert.DoesNotContain(_effects, effect => effect is Effect.Reject);
        Assert.Equal(second.PlaceOf(Self), Assert.Single(Take<Effect.Combine>()).Place);
    }

    [Fact]
    public void A_member_has_one_share_to_give_and_a_spoiled_one_is_not_tried_again()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);
        _collector.OnWord(Share(group, 0), new(0), _effects);
        _collector.OnWord(Share(group, 1), new(0), _effects);
        var combine = Assert.Single(Take<Effect.Combine>());
        _collector.OnCombined(new(combine.Place, default, [1]), new(0), _effects);
        _effects.Clear();

        for (byte time = 1; time < 10; time++)
        {
            _collector.OnWord(Share(group, 1, time), new(0), _effects);
        }

        Assert.DoesNotContain(_effects, effect => effect is Effect.Combine);
        Assert.Equal(9, Take<Effect.Reject>().Count(reject => reject.Reason == Rejection.AlreadyKnown));
        _collector.Advance(new(1_000_000), _effects);
        var retry = (AttestationRetry)Assert.Single(Take<Effect.SignInput>()).Input;
        Assert.Equal([1], retry.Silent);
    }

    [Fact]
    public void A_process_is_silent_for_rows_that_it_did_not_make_itself()
    {
        var ledger = new AttestationLedger(Sample.Genesis(1), Sample.Home, new IdealSigning());
        var collector = new ShareCollector(0, ledger, new IdealSigning(), _ => true);
        ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));
        ledger.OnCommitments(Sample.Row(1, 1, 0), Sample.At(0));
        ledger.Assign(Sample.Statement(1), Sample.At(1));

        collector.Resume(new(0), _effects);
        collector.OnCaughtUp(new(0), _effects);

        Assert.DoesNotContain(_effects, effect => effect is Effect.SignShare);
        Assert.Equal(new Effect.MakeNonces(1, 2, 0), Assert.Single(Take<Effect.MakeNonces>()));
    }

    [Fact]
    public void A_share_under_another_members_name_is_refused()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);

        _collector.OnWord(new(2, Share(group, 0).Word, new(new byte[64])), new(0), _effects);

        Assert.Equal(Rejection.NotAMember, Assert.Single(Take<Effect.Reject>()).Reason);
    }

    [Fact]
    public void A_bad_share_that_its_sender_did_not_sign_is_no_evidence()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);
        _collector.OnWord(Share(group, 0), new(0), _effects);
        var word = Share(group, 1).Word;
        _collector.OnWord(new(1, word, new(new byte[64])), new(0), _effects);

        _collector.OnCombined(new(Assert.Single(Take<Effect.Combine>()).Place, default, [0, 1]), new(0), _effects);

        Assert.Empty(_collector.DrainOffers());
    }

    [Fact]
    public void A_bad_share_under_its_senders_signature_is_offered_as_evidence()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);
        var word = Share(group, 1).Word;
        var signed = word.SigningBytes(_ledger.SpeakerOf(1));
        var signature = IdealSigning.Sign(_ledger.Site.ReplicaKeys[1].Span, signed.Span);
        _collector.OnWord(Share(group, 0), new(0), _effects);
        _collector.OnWord(new(1, word, signature), new(0), _effects);

        _collector.OnCombined(new(Assert.Single(Take<Effect.Combine>()).Place, default, [1]), new(0), _effects);

        Assert.Equal([new BadShare((ThresholdShare)word, signature)], _collector.DrainOffers());
    }

    /// <summary>Else a bad share could not be held against its sender by anyone who lacks the site's state.</summary>
    [Fact]
    public void A_share_that_names_another_assignment_than_the_machines_is_refused()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);
        var share = (ThresholdShare)Share(group, 1).Word;

        _collector.OnWord(new(1, share with { Assignment = default }, new(new byte[64])), new(0), _effects);

        Assert.Equal(Rejection.UnknownAssignment, Assert.Single(Take<Effect.Reject>()).Reason);
    }

    [Fact]
    public void A_share_of_a_replica_that_is_not_in_the_group_is_refused()
    {
        var group = Assert.Single(_ledger.DrainNew());
        Assign(group);

        _collector.OnWord(Share(group, 3), new(0), _effects);

        Assert.Equal(Rejection.NotAMember, Assert.Single(Take<Effect.Reject>()).Reason);
    }

    [Fact]
    public void Early_words_of_one_peer_leave_room_for_those_of_another()
    {
        Assign(Assert.Single(_ledger.DrainNew()));
        for (var sequence = 2UL; sequence < 2 + Limits.EarlySharesPerReplica; sequence++)
        {
            _collector.OnWord(Signature(0, sequence), new(0), _effects);
        }

        Assert.Empty(Take<Effect.Reject>());
        _collector.OnWord(Signature(0, 9999), new(0), _effects);
        Assert.Equal(Rejection.PoolFull, Assert.Single(Take<Effect.Reject>()).Reason);
        _collector.OnWord(Signature(1, 2), new(0), _effects);
        Assert.Empty(Take<Effect.Reject>());
    }

    [Theory]
    [InlineData(CombinerDuty.ForAll, 1)]
    [InlineData(CombinerDuty.ForItself, 0)]
    public void Of_those_who_combine_at_once_one_tells_the_others(CombinerDuty duty, int told)
    {
        var group = Assert.Single(_ledger.DrainNew());
        _collector.OnAssigned(group, duty, new(0), _effects);
        _collector.OnWord(Share(group, 0), new(0), _effects);
        _collector.OnWord(Share(group, 1), new(0), _effects);
        var combine = Assert.Single(Take<Effect.Combine>());

        _collector.OnCombined(new(combine.Place, new(new byte[64]), []), new(0), _effects);

        Assert.Equal(told, Take<Effect.Broadcast>().Count(effect => effect.Word is SiteSignature));
        Assert.True(_collector.TryGetSignature(new(1), out _));
    }

    [Fact]
    public void A_standby_that_combines_what_is_late_tells_the_others()
    {
        var group = Assert.Single(_ledger.DrainNew());
        _collector.OnAssigned(group, CombinerDuty.Standby, new(0), _effects);
        _collector.OnWord(Share(group, 0), new(0), _effects);
        _collector.OnWord(Share(group, 1), new(0), _effects);
        Assert.Empty(Take<Effect.Combine>());
        _collector.Advance(_collector.NextWake, _effects);
        var combine = Assert.Single(Take<Effect.Combine>());

        _collector.OnCombined(new(combine.Place, new(new byte[64]), []), new(0), _effects);

        Assert.Contains(Take<Effect.Broadcast>(), effect => effect.Word is SiteSignature);
    }

    /// <summary>Registers that follow one another replace each other before anybody is missed: nobody waits for the older ones,
    /// and yet who does not sign must be named, or the newer ones have the same signers.</summary>
    [Fact]
    public void Who_is_silent_is_named_though_nobody_waits_for_the_batch_any_more()
    {
        var collector = new ShareCollector(Self, _ledger, new IdealSigning(), _ => false);
        collector.OnAssigned(Assert.Single(_ledger.DrainNew()), CombinerDuty.ForAll, new(0), _effects);
        _effects.Clear();

        collector.Advance(new(1_000_000), _effects);

        Assert.IsType<AttestationRetry>(Assert.Single(Take<Effect.SignInput>()).Input);
    }

    [Fact]
    public void What_nobody_waits_for_is_given_up_once_a_newer_batch_is_signed()
    {
        var collector = new ShareCollector(Self, _ledger, new IdealSigning(), _ => false);
        collector.OnAssigned(Assert.Single(_ledger.DrainNew()), CombinerDuty.ForAll, new(0), _effects);
        for (var replica = 0; replica < 4; replica++)
        {
            _ledger.OnCommitments(Sample.Row(replica, 1, 1), Sample.At(2));
        }

        _ledger.Assign(Sample.Statement(2), Sample.At(2));
        var newer = Assert.Single(_ledger.DrainNew());
        collector.OnAssigned(newer, CombinerDuty.ForAll, new(0), _effects);
        foreach (var member in newer.Members)
        {
            collector.OnWord(Share(newer, member.Replica), new(0), _effects);
        }

        collector.OnCombined(new(Assert.Single(Take<Effect.Combine>()).Place, new(new byte[64]), []), new(0), _effects);
        Assert.True(collector.TryGetSignature(new(2), out _));
        _effects.Clear();

        collector.Advance(new(1_000_000), _effects);

        Assert.Empty(Take<Effect.SignInput>());
    }

    [Fact]
    public void Who_asks_for_a_signature_that_is_not_there_gets_the_stored_bytes_of_the_own_share()
    {
        var ledger = new AttestationLedger(Sample.Genesis(1), Sample.Home, new IdealSigning());
        var collector = new ShareCollector(0, ledger, new IdealSigning(), _ => true);
        ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));
        ledger.OnCommitments(Sample.Row(1, 1, 0), Sample.At(0));
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        var group = Assert.Single(ledger.DrainNew());
        collector.OnAssigned(group, CombinerDuty.Standby, new(0), _effects);
        var own = Share(group, 0);
        collector.OnWord(own, new(0), _effects);
        _effects.Clear();

        collector.OnWord(new(2, new SignatureWanted(1, new(1)), default), new(0), _effects);

        Assert.Same(own, Assert.IsType<Effect.Relay>(Assert.Single(_effects)).Said);
    }
}
