using Holdfast.Protocol.Messages;

namespace Holdfast.Protocol.Tests;

/// <summary>Who signs for a site, rule by rule: N4, A2, A4 to A6.</summary>
public sealed class AttestationLedgerTests
{
    private readonly AttestationLedger _ledger = Ledger(faults: 1);

    private static AttestationLedger Ledger(int faults, IdealSigning? signing = null) =>
        new(Sample.Genesis(faults), Sample.Home, signing ?? new IdealSigning());

    private static AttestationLedger ReadyLedger(int faults, IdealSigning? signing = null)
    {
        var ledger = Ledger(faults, signing);
        for (var replica = 0; replica < new SiteSize(faults).Replicas; replica++)
        {
            Assert.Equal(Rejection.None, ledger.OnCommitments(Sample.Row(replica, 1, 0), Sample.At(0)));
        }

        return ledger;
    }

    private static int[] MembersOf(SigningGroup group) => [.. group.Members.Select(member => member.Replica)];

    private static BadShare Bad(SigningGroup group, int member, Digest response) =>
        new(new(group.PlaceOf(member), response, default, group.Name), new(new byte[64]));

    [Fact]
    public void A_replica_starts_with_row_0_of_incarnation_1()
    {
        Assert.Equal(InputStanding.Early, _ledger.Judge(Sample.Row(0, 1, 1)));
        Assert.Equal(Rejection.WrongRow, _ledger.OnCommitments(Sample.Row(0, 1, 1), Sample.At(0)));
        Assert.Equal(Rejection.WrongRow, _ledger.OnCommitments(Sample.Row(0, 2, 0), Sample.At(0)));
        Assert.Equal(Rejection.WrongRow, _ledger.OnCommitments(Sample.Row(0, 0, 0), Sample.At(0)));
        Assert.Equal(InputStanding.Consumable, _ledger.Judge(Sample.Row(0, 1, 0)));
        Assert.Equal(Rejection.None, _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0)));
        Assert.Equal(Limits.CommitmentsPerRow, _ledger.StockOf(0).Left);
    }

    [Fact]
    public void A_row_is_taken_once()
    {
        _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));

        Assert.Equal(InputStanding.Obsolete, _ledger.Judge(Sample.Row(0, 1, 0)));
        Assert.Equal(Rejection.WrongRow, _ledger.OnCommitments(Sample.Row(0, 1, 0, seed: 1), Sample.At(0)));
        Assert.Equal(Limits.CommitmentsPerRow, _ledger.StockOf(0).Left);
    }

    [Fact]
    public void A_skipped_row_waits_for_the_one_before()
    {
        _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));

        Assert.Equal(InputStanding.Early, _ledger.Judge(Sample.Row(0, 1, 2)));
        Assert.Equal(InputStanding.Consumable, _ledger.Judge(Sample.Row(0, 1, 1)));
    }

    [Fact]
    public void A_new_incarnation_voids_the_unspent_rows()
    {
        _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));
        _ledger.OnCommitments(Sample.Row(0, 1, 1), Sample.At(0));

        Assert.Equal(Rejection.None, _ledger.OnCommitments(Sample.Row(0, 2, 0), Sample.At(0)));

        Assert.Equal(Limits.CommitmentsPerRow, _ledger.StockOf(0).Left);
        Assert.Equal(2u, _ledger.StockOf(0).Spend().Incarnation);
        Assert.Equal(InputStanding.Obsolete, _ledger.Judge(Sample.Row(0, 1, 2)));
    }

    [Fact]
    public void The_rows_held_of_a_replica_are_bounded_but_a_new_incarnation_always_has_room()
    {
        for (var row = 0u; row < Limits.RowsHeldPerReplica; row++)
        {
            Assert.Equal(Rejection.None, _ledger.OnCommitments(Sample.Row(0, 1, row), Sample.At(0)));
        }

        Assert.Equal(
            Rejection.RowsFull, _ledger.OnCommitments(Sample.Row(0, 1, Limits.RowsHeldPerReplica), Sample.At(0)));
        Assert.Equal(Rejection.None, _ledger.OnCommitments(Sample.Row(0, 2, 0), Sample.At(0)));
    }

    [Fact]
    public void A_row_of_another_key_epoch_or_of_no_replica_is_refused()
    {
        Assert.Equal(Rejection.OldLife, _ledger.OnCommitments(Sample.Row(0, 1, 0) with { KeyEpoch = 2 }, Sample.At(0)));
        Assert.Equal(Rejection.NotAMember, _ledger.OnCommitments(Sample.Row(4, 1, 0), Sample.At(0)));
    }

    [Fact]
    public void With_fewer_than_f_plus_1_able_members_nothing_is_assigned()
    {
        _ledger.OnCommitments(Sample.Row(2, 1, 0), Sample.At(0));

        Assert.False(_ledger.IsAble);
        Assert.False(_ledger.Assign(Sample.Statement(1), Sample.At(0)));
        Assert.Empty(_ledger.DrainNew());

        _ledger.OnCommitments(Sample.Row(3, 1, 0), Sample.At(0));
        Assert.True(_ledger.Assign(Sample.Statement(1), Sample.At(0)));
        Assert.Equal([2, 3], MembersOf(Assert.Single(_ledger.DrainNew())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_batch_gets_one_group_the_first_f_plus_1_each_spending_its_next_commitment(int faults)
    {
        var ledger = ReadyLedger(faults);
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            ledger.Assign(Sample.Statement((ulong)sequence), Sample.At(sequence));

            var group = Assert.Single(ledger.DrainNew());
            Assert.Equal(Enumerable.Range(0, faults + 1), MembersOf(group));
            Assert.All(group.Members, member => Assert.Equal(sequence - 1, member.Index));
        }
    }

    [Fact]
    public void A_site_of_one_signs_alone_and_without_commitments()
    {
        var ledger = Ledger(faults: 0);

        Assert.True(ledger.Assign(Sample.Statement(1), Sample.At(0)));
        Assert.Equal([new GroupMember(0, 0, 0, 0, default)], Assert.Single(ledger.DrainNew()).Members);
        Assert.False(ledger.RefillWanted(0));
        Assert.Equal(Rejection.NotAMember, ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0)));
    }

    [Fact]
    public void Refill_is_wanted_at_half()
    {
        _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));
        Assert.True(_ledger.RefillWanted(0));

        _ledger.OnCommitments(Sample.Row(0, 1, 1), Sample.At(0));
        Assert.False(_ledger.RefillWanted(0));
        while (_ledger.StockOf(0).Left > Limits.CommitmentsPerRow)
        {
            Assert.False(_ledger.RefillWanted(0));
            _ledger.StockOf(0).Spend();
        }

        Assert.True(_ledger.RefillWanted(0));
    }

    [Fact]
    public void One_retry_changes_nothing_and_f_plus_1_move_the_named_and_start_a_fresh_attempt()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        var first = Assert.Single(ledger.DrainNew());

        Assert.Equal(Rejection.None, ledger.OnRetry(Sample.Retry(2, 1, 0, 0), Sample.At(2)));
        Assert.Equal(Rejection.OldSequence, ledger.OnRetry(Sample.Retry(2, 1, 0, 0), Sample.At(2)));
        Assert.Empty(ledger.DrainNew());

        Assert.Equal(Rejection.None, ledger.OnRetry(Sample.Retry(3, 1, 0, 0, 1), Sample.At(2)));

        var groups = ledger.DrainNew();
        Assert.Equal([1, 2, 3, 0], ledger.Order);
        Assert.Equal([1, 2], MembersOf(groups[0]));
        Assert.Equal([0, 3], MembersOf(groups[1]));
        Assert.All(groups, group => Assert.Equal(1u, group.Attempt));
        Assert.Equal(first, ledger.Find(new(1))!.Find(0, 0));
        Assert.Equal(1, groups[0].Members[0].Index);
    }

    [Fact]
    public void Two_groups_sign_for_10_s_after_a_retry_and_then_one()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.OnRetry(Sample.Retry(2, 1, 0, 0), Sample.At(2));
        ledger.OnRetry(Sample.Retry(3, 1, 0, 0), Sample.At(2));
        ledger.DrainNew();

        ledger.Assign(Sample.Statement(2), Sample.At(11.9));
        Assert.Equal(2, ledger.DrainNew().Count);
        ledger.Assign(Sample.Statement(3), Sample.At(12));
        Assert.Single(ledger.DrainNew());
    }

    /// <summary>Two disjoint groups would both be spoiled by 9 of 21 pairs of faulty replicas.</summary>
    [Theory]
    [InlineData(2, 5)]
    [InlineData(3, 10)]
    public void After_a_failed_attempt_one_group_is_clean_whichever_f_replicas_are_faulty(int faults, int groups)
    {
        var ledger = ReadyLedger(faults);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        Assert.Single(ledger.DrainNew());
        for (var replica = 0; replica <= faults; replica++)
        {
            ledger.OnRetry(Sample.Retry(replica, 1, 0, 1), Sample.At(2));
        }

        var masks = ledger.DrainNew().Select(group => MembersOf(group).Sum(member => 1 << member)).ToArray();
        Assert.Equal(groups, masks.Length);
        var faulty = Enumerable.Range(0, 1 << new SiteSize(faults).Replicas)
            .Where(mask => int.PopCount(mask) == faults).ToArray();
        Assert.All(faulty, mask => Assert.Contains(masks, group => (group & mask) == 0));
        Assert.All(masks, group => Assert.Equal(faults + 1, int.PopCount(group)));

        // The next batch: two disjoint groups, and no retry for want of commitments.
        ledger.Assign(Sample.Statement(2), Sample.At(2));
        Assert.Equal(2, ledger.DrainNew().Count);
    }

    [Fact]
    public void Groups_of_the_family_whose_members_have_no_commitments_are_not_asked()
    {
        var ledger = Ledger(faults: 2);
        foreach (var replica in new[] { 0, 1, 2, 3, 4, 5 })
        {
            ledger.OnCommitments(Sample.Row(replica, 1, 0), Sample.At(0));
        }

        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.DrainNew();
        for (var replica = 0; replica < 3; replica++)
        {
            ledger.OnRetry(Sample.Retry(replica, 1, 0), Sample.At(2));
        }

        var groups = ledger.DrainNew();
        Assert.Equal(3, groups.Count);
        Assert.All(groups, group => Assert.DoesNotContain(6, MembersOf(group)));
    }

    [Fact]
    public void A_liar_alone_neither_starts_an_attempt_nor_moves_anybody()
    {
        var ledger = ReadyLedger(faults: 2);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.DrainNew();

        ledger.OnRetry(Sample.Retry(5, 1, 0, 0, 1, 2), Sample.At(2));
        ledger.OnRetry(Sample.Retry(6, 1, 0, 0, 1, 2), Sample.At(2));

        Assert.Empty(ledger.DrainNew());
        Assert.Equal(Enumerable.Range(0, 7), ledger.Order);
    }

    [Fact]
    public void Who_retries_late_still_helps_to_name_the_silent()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.OnRetry(Sample.Retry(0, 1, 0), Sample.At(2));
        ledger.OnRetry(Sample.Retry(2, 1, 0, 0), Sample.At(2));
        Assert.Equal([0, 1, 2, 3], ledger.Order);

        ledger.OnRetry(Sample.Retry(3, 1, 0, 0), Sample.At(2));

        Assert.Equal([1, 2, 3, 0], ledger.Order);
    }

    [Fact]
    public void Where_liars_show_shares_to_some_only_their_group_goes_once_all_who_are_honest_may_have_been_heard()
    {
        // Of seven honest replicas none is named by f + 1 = 4: each of the liars 0, 1 and 2 has served most of them. And
        // the liars name an honest member of their group.
        var ledger = ReadyLedger(faults: 3);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        byte[] named = [3, 3, 3, 0, 0, 1, 1];
        for (var replica = 0; replica < named.Length; replica++)
        {
            Assert.Equal(Enumerable.Range(0, 10), ledger.Order);
            ledger.OnRetry(Sample.Retry(replica, 1, 0, named[replica]), Sample.At(2));
        }

        Assert.Equal([4, 5, 6, 7, 8, 9, 0, 1, 2, 3], ledger.Order);
        ledger.DrainNew();
        ledger.Assign(Sample.Statement(2), Sample.At(20));
        Assert.Equal([4, 5, 6, 7], MembersOf(Assert.Single(ledger.DrainNew())));
    }

    [Fact]
    public void A_group_of_which_one_is_named_by_f_plus_1_goes_without_the_others()
    {
        var ledger = ReadyLedger(faults: 2);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        for (var replica = 2; replica < 7; replica++)
        {
            ledger.OnRetry(Sample.Retry(replica, 1, 0, 1), Sample.At(2));
        }

        Assert.Equal([0, 2, 3, 4, 5, 6, 1], ledger.Order);
    }

    /// <summary>A member of the family is in some of its groups, never in all.</summary>
    [Fact]
    public void A_member_of_the_family_needs_a_commitment_for_each_group_that_it_is_in()
    {
        var ledger = ReadyLedger(faults: 2);
        while (ledger.StockOf(6).Left > 2)
        {
            ledger.StockOf(6).Spend();
        }

        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.DrainNew();
        for (var replica = 0; replica < 3; replica++)
        {
            ledger.OnRetry(Sample.Retry(replica, 1, 0), Sample.At(2));
        }

        Assert.Equal(5, ledger.DrainNew().Count);
        Assert.Equal(0, ledger.StockOf(6).Left);
    }

    [Fact]
    public void Who_names_replicas_outside_the_group_is_not_heard()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.OnRetry(Sample.Retry(0, 1, 0, 2, 3), Sample.At(2));
        ledger.OnRetry(Sample.Retry(1, 1, 0, 2, 3), Sample.At(2));

        Assert.Equal([0, 1, 2, 3], ledger.Order);
    }

    [Fact]
    public void A_failed_attempt_waits_for_commitments_and_goes_on_when_they_come()
    {
        var ledger = Ledger(faults: 1);
        foreach (var replica in (int[])[0, 1])
        {
            ledger.OnCommitments(Sample.Row(replica, 1, 0), Sample.At(0));
            while (ledger.StockOf(replica).Left > 1)
            {
                ledger.StockOf(replica).Spend();
            }
        }

        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.DrainNew();
        ledger.OnRetry(Sample.Retry(2, 1, 0), Sample.At(2));
        ledger.OnRetry(Sample.Retry(3, 1, 0), Sample.At(2));
        Assert.Empty(ledger.DrainNew());
        Assert.True(ledger.Find(new(1))!.IsDue);

        ledger.OnCommitments(Sample.Row(2, 1, 0), Sample.At(3));
        ledger.OnCommitments(Sample.Row(3, 1, 0), Sample.At(3));

        Assert.Equal(1u, Assert.Single(ledger.DrainNew()).Attempt);
    }

    [Fact]
    public void A_bad_share_bans_its_sender_and_a_good_one_bans_nobody()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        var group = Assert.Single(ledger.DrainNew());
        var right = IdealSigning.ResponseOf(ledger.MessageOf(group.Statement), group.Members, 1);

        Assert.Equal(Rejection.NotBad, ledger.OnBadShare(Bad(group, 1, right), Sample.At(2)));
        Assert.Equal(Rejection.NotAMember, ledger.OnBadShare(Bad(group, 2, default), Sample.At(2)));
        Assert.Equal(Rejection.None, ledger.OnBadShare(Bad(group, 0, default), Sample.At(2)));
        Assert.Equal(Rejection.AlreadyKnown, ledger.OnBadShare(Bad(group, 0, default), Sample.At(2)));

        Assert.Equal([1, 2], MembersOf(Assert.Single(ledger.DrainNew())));
        ledger.OnCommitments(Sample.Row(0, 2, 0), Sample.At(3));
        ledger.Assign(Sample.Statement(2), Sample.At(3));
        Assert.DoesNotContain(0, MembersOf(Assert.Single(ledger.DrainNew())));
    }

    [Fact]
    public void Evidence_that_proves_nothing_is_obsolete_at_once_and_never_overdue()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        var group = Assert.Single(ledger.DrainNew());
        var right = Bad(group, 1, IdealSigning.ResponseOf(ledger.MessageOf(group.Statement), group.Members, 1));
        var wrong = Bad(group, 1, default);
        var place = wrong.Share.Place;

        Assert.Equal(InputStanding.Obsolete, ledger.Judge(right));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(Bad(group, 2, default)));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(At(place with { Group = 1 })));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(At(place with { KeyEpoch = 2 })));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(At(place with { Attempt = Limits.AttemptsPerBatch })));
        Assert.Equal(InputStanding.Early, ledger.Judge(At(place with { Attempt = 1 })));
        Assert.Equal(InputStanding.Early, ledger.Judge(At(place with { Sequence = new(2) })));
        Assert.Equal(InputStanding.Consumable, ledger.Judge(wrong));

        Assert.Equal(Rejection.None, ledger.OnBadShare(wrong, Sample.At(2)));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(wrong));

        BadShare At(SharePlace other) => new(wrong.Share with { Place = other }, wrong.ShareSignature);
    }

    [Fact]
    public void A_share_that_fits_is_judged_once_however_often_it_is_shown()
    {
        var signing = new IdealSigning();
        var ledger = ReadyLedger(faults: 1, signing);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        var group = Assert.Single(ledger.DrainNew());
        var right = Bad(group, 1, IdealSigning.ResponseOf(ledger.MessageOf(group.Statement), group.Members, 1));

        for (byte time = 0; time < 100; time++)
        {
            // R may be anything: it proves nothing, and makes another input.
            var shown = right.Share with { GroupCommitment = Digest.Of([time]) };
            Assert.Equal(InputStanding.Obsolete, ledger.Judge(new BadShare(shown, right.ShareSignature)));
        }

        Assert.Equal(1, signing.Judged);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Who_publishes_no_points_is_banned_by_the_first_failed_attempt_and_no_honest_one_moved(int faults)
    {
        var ledger = Ledger(faults);
        for (var replica = 0; replica < new SiteSize(faults).Replicas; replica++)
        {
            ledger.OnCommitments(
                replica == 1 ? Sample.RowOfNoPoints(1, 1, 0) : Sample.Row(replica, 1, 0), Sample.At(0));
        }

        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.DrainNew();

        // The others cannot sign, and the culprit shows some share to all.
        var others = Enumerable.Range(0, faults + 1).Where(member => member != 1).Select(member => (byte)member);
        for (var replica = 0; replica < new SiteSize(faults).Replicas; replica++)
        {
            ledger.OnRetry(Sample.Retry(replica, 1, 0, [.. others]), Sample.At(2));
        }

        Assert.True(ledger.IsBanned(1));
        Assert.Equal(Enumerable.Range(0, new SiteSize(faults).Replicas), ledger.Order);
        Assert.DoesNotContain(1, ledger.DrainNew().SelectMany(MembersOf));
        ledger.Assign(Sample.Statement(2), Sample.At(20));
        Assert.Equal([0, .. Enumerable.Range(2, faults)], MembersOf(Assert.Single(ledger.DrainNew())));
    }

    [Fact]
    public void Where_a_member_published_no_points_only_that_member_can_be_blamed()
    {
        _ledger.OnCommitments(Sample.Row(0, 1, 0), Sample.At(0));
        _ledger.OnCommitments(Sample.RowOfNoPoints(1, 1, 0), Sample.At(0));
        _ledger.Assign(Sample.Statement(1), Sample.At(1));
        var group = Assert.Single(_ledger.DrainNew());

        Assert.Equal(Rejection.NotBad, _ledger.OnBadShare(Bad(group, 0, default), Sample.At(2)));
        Assert.Equal(Rejection.None, _ledger.OnBadShare(Bad(group, 1, default), Sample.At(2)));
    }

    [Fact]
    public void Retired_assignments_are_forgotten_and_their_retries_obsolete()
    {
        var ledger = ReadyLedger(faults: 1);
        ledger.Assign(Sample.Statement(1), Sample.At(1));
        ledger.Assign(Sample.Statement(7), Sample.At(1));

        ledger.Retire(new(7));

        Assert.Equal([new SiteSequence(7)], ledger.Assigned);
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(Sample.Retry(2, 1, 0)));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(Sample.Retry(2, 5, 0)));
        Assert.Equal(InputStanding.Early, ledger.Judge(Sample.Retry(2, 8, 0)));
        Assert.Equal(InputStanding.Early, ledger.Judge(Sample.Retry(2, 7, 1)));
        Assert.Equal(InputStanding.Obsolete, ledger.Judge(Sample.Retry(2, 7, Limits.AttemptsPerBatch)));
        Assert.Equal(Rejection.UnknownAssignment, ledger.OnRetry(Sample.Retry(2, 1, 0), Sample.At(2)));
    }

    [Fact]
    public void What_is_saved_in_steps_and_loaded_goes_on_as_before()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (map, ledger, unbroken) = (new AuthenticatedMap(), ReadyLedger(faults: 2), ReadyLedger(faults: 2));
            var (dice, sameDice) = (new Dice(seed), new Dice(seed));
            var (rows, sameRows) = (Enumerable.Repeat(1u, 7).ToArray(), Enumerable.Repeat(1u, 7).ToArray());
            for (var sequence = 1UL; sequence < 400; sequence++)
            {
                Drive(ledger, sequence, dice, rows);
                Drive(unbroken, sequence, sameDice, sameRows);
                if (sequence % 37 == 0)
                {
                    ledger.Save(map);
                    ledger = Ledger(faults: 2);
                    ledger.Load(map);
                }
            }

            var whole = new AuthenticatedMap();
            ledger.Save(map);
            unbroken.Save(whole);
            Assert.Equal(whole.Digest, map.Digest);
        }
    }

    private static void Drive(AttestationLedger ledger, ulong sequence, Dice dice, uint[] rows)
    {
        var now = Sample.At(sequence);
        Assert.True(ledger.Assign(Sample.Statement(sequence), now));
        if (dice.OneIn(10))
        {
            ledger.OnRetry(Sample.Retry(dice.Below(7), sequence, 0, (byte)dice.Below(7)), now);
        }

        for (var replica = 0; replica < rows.Length; replica++)
        {
            if (ledger.RefillWanted(replica) && ledger.OnCommitments(Sample.Row(replica, 1, rows[replica]), now) == 0)
            {
                rows[replica]++;
            }
        }

        if (sequence % 64 == 0)
        {
            ledger.Retire(new(sequence - 30));
        }
    }
}
