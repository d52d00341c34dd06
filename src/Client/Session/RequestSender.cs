using Holdfast.Protocol;
using Holdfast.Protocol.Messages;

namespace Holdfast.Client;

/// <summary>Where and when a request is sent: to the primary, or to all where it takes nothing (<see cref="PrimaryTrust"/>);
/// to all replicas of the site at half the bound; to the next site at the bound, or at once where the site is cut off from
/// here. Of many that nobody answers in time, few are sent again at a time (<see cref="RetryPace"/>). An update for which
/// there is no room is sent again when the window has a place: to all and to the primary alone in turn.</summary>
internal sealed class RequestSender(SessionState state)
{
    private const int LongerMax = 3;
    private readonly PrimaryTrust _trust = new();

    private Connections Connections => state.Connections;

    /// <summary>One try, at the first site from <see cref="OutgoingRequest.NextTurn"/> on that can answer.</summary>
    public void Send(OutgoingRequest request, Instant now, TimeSpan bound, ClientEffects effects)
    {
        var preferred = state.Settings.Preference[request.NextTurn % state.Settings.Preference.Count];
        if (!Connections.CanAnswer(preferred))
        {
            state.Reach.Want(preferred, effects);
        }

        request.Site = Connections.Choose(request.NextTurn);
        (request.AskOthersAt, request.ToAllAt, request.MoveAt) = (Instant.Never, Instant.Never, Instant.Never);
        (request.WantsRoomFrom, request.IsHeldBack) = (Instant.Never, false);
        if (request.Site is not { } site)
        {
            return;
        }

        foreach (var operation in request.Operations)
        {
            operation.WasSent = true;
        }

        request.NextTurn = TurnOf(site) + 1;
        request.IsRefused = false;
        request.SentAt = now;
        request.FirstSentAt = request.FirstSentAt == Instant.Never ? now : request.FirstSentAt;
        (request.AskDelay, request.RepliesHeard) = (state.Settings.AskOthersAfter, 0);
        request.MoveAt = now + bound;
        (request.AskedAlone, request.ToAllSince) = (null, Instant.Never);
        if (Connections.Primary(site) is { } primary && _trust.AsksAlone(primary))
        {
            effects.Send(primary, new Request(request.Request));
            request.ToAllAt = now + (bound / 2);
            request.AskedAlone = request.Tries == 0 ? primary : null;
        }
        else
        {
            SendToAll(request, site, effects);
        }

        if (!AreRepliersConnected(request.Request, site))
        {
            request.AskOthersAt = now + (bound / 8) + request.AskDelay;
        }

        if (request.Replies(site) > 0)
        {
            AskSoon(request, now);
        }
    }

    /// <summary>Sends what was held back, because nobody answered, to where others have been answered meanwhile.</summary>
    public void SendAgain(OutgoingRequest request, SiteId site, Instant now, TimeSpan bound, ClientEffects effects)
    {
        (request.NextTurn, request.Tries) = (TurnOf(site), Math.Max(1, request.Tries));
        Send(request, now, bound, effects);
    }

    /// <summary>Does what is due.</summary>
    /// <param name="bound">Of the next try.</param>
    public void Tick(OutgoingRequest request, Instant now, TimeSpan bound, ClientEffects effects)
    {
        if (request.Site is not { } site)
        {
            Send(request, now, bound, effects);
            return;
        }

        var isCutOff = !Connections.CanAnswer(site)
            && Connections.Choose(0) is { } other
            && Connections.CanAnswer(other);
        var isAgain = now >= request.AgainAt;
        if ((now >= request.MoveAt && !request.IsHeldBack) || isCutOff || (isAgain && request.IsRefused))
        {
            // Who is refused was heard: only silence makes the next bound longer.
            request.Tries = request.IsRefused ? Math.Max(1, request.Tries) : request.Tries + 1;
            Send(request, now, bound, effects);
            return;
        }

        if (isAgain)
        {
            // The primary may say for ever that it has no room: all others are asked in turn with it, and first.
            request.WantsRoomFrom = Instant.Never;
            request.MoveAt = now + bound;
            if (Connections.Primary(site) is { } primary && request.RoomRefusals % 2 == 0)
            {
                effects.Send(primary, new Request(request.Request));
                request.ToAllAt = now + (bound / 2);
            }
            else
            {
                request.ToAllSince = now;
                SendToAll(request, site, effects);
            }
        }

        if (now >= request.ToAllAt && !request.IsHeldBack)
        {
            request.ToAllAt = Instant.Never;
            request.ToAllSince = now;
            SendToAll(request, site, effects);
            if (request.AskOthersAt > now + state.Settings.AskOthersAfter)
            {
                // Else they are asked in a moment.
                request.AskOthersAt = now;
            }
        }

        if (now >= request.AskOthersAt)
        {
            AskOthers(request, site, now, effects);
        }
    }

    /// <summary>A replica of the request's site came back: what was on its connection may be lost.</summary>
    public void OnConnected(OutgoingRequest request, ReplicaId replica, Instant now, ClientEffects effects)
    {
        if (request.Site != replica.Site)
        {
            return;
        }

        if (Connections.Primary(replica.Site) == replica)
        {
            effects.Send(replica, new Request(request.Request));
        }

        AskSoon(request, now);
    }

    /// <summary>A replica is gone: with the primary, what was sent to it; with another, maybe a reply.</summary>
    /// <param name="wasPrimary">Of its site, as far as known here.</param>
    public void OnDisconnected(
        OutgoingRequest request, ReplicaId replica, bool wasPrimary, Instant now, ClientEffects effects)
    {
        if (request.Site != replica.Site)
        {
            return;
        }

        if (wasPrimary && !request.WantsRoom && !request.IsRefused)
        {
            request.ToAllAt = now;
        }

        if (Repliers.AnswersAtOnce(
            request.Request.Client, request.Request.FirstNumber, replica.Index, Connections.Size(replica.Site)))
        {
            AskSoon(request, now);
        }
    }

    /// <summary>Some have replied, and not enough alike: those who wait to be asked are, soon.</summary>
    public void OnUndecided(OutgoingRequest request, SiteId site, Instant now, ClientEffects effects)
    {
        var replies = request.Replies(site);
        var isAnother = replies > request.RepliesHeard;
        if (isAnother)
        {
            // What was asked in vain so far was not executed yet; now somebody says that it is.
            (request.RepliesHeard, request.AskDelay) = (replies, state.Settings.AskOthersAfter);
        }

        // A second reply of the same replica answers a question, and must not bring the next one at once.
        if (isAnother && replies == Connections.Size(site).OneCorrect)
        {
            AskOthers(request, site, now, effects);
        }
        else
        {
            AskSoon(request, now);
        }
    }

    /// <summary>The site does not take it now: again after a while, and then not always there.</summary>
    public void OnRefused(OutgoingRequest request, SiteId site, RefusedBecause because, Instant now)
    {
        request.Forget(site);
        request.Refusals++;
        request.IsRefused = true;
        var settings = state.Settings;
        var longer = settings.BackOffMin * Math.Pow(2, Math.Min(request.Refusals - 1, 16));
        var wait = state.WithJitter(longer < settings.BoundMax ? longer : settings.BoundMax);
        var stays = because != RefusedBecause.CutOff && request.Refusals % 2 == 1;
        request.NextTurn = stays ? TurnOf(site) : TurnOf(site) + 1;
        request.MoveAt = now + wait;
        (request.AskOthersAt, request.ToAllAt) = (Instant.Never, Instant.Never);
    }

    /// <summary>Whether a replica's word that there is no room is to be acted upon: the primary's, and others' only where it takes
    /// nothing. They know little of what a client has under way, and what they do not take the primary may have taken.</summary>
    public bool Counts(ReplicaId replica) =>
        Connections.Primary(replica.Site) is not { } primary || _trust.Believes(primary) == (primary == replica);

    /// <summary>If all of it is answered: what that says of the primary.</summary>
    public void OnAnswered(OutgoingRequest request)
    {
        if (request is not { IsOver: true, AskedAlone: { } primary })
        {
            return;
        }

        if (request.ToAllSince != Instant.Never)
        {
            _trust.TookNothing(primary, request.FirstSentAt, request.ToAllSince);
        }
        else
        {
            _trust.Took(primary);
        }
    }

    /// <summary>Its primary says that there is no room for it.</summary>
    /// <param name="isOnlyOne">No other update of this client is under way that would need room.</param>
    public void OnNoRoom(OutgoingRequest request, bool isOnlyOne, Instant now)
    {
        WaitForRoom(request, now);
        if (!isOnlyOne)
        {
            request.AskedAlone = null;
        }
    }

    /// <summary>There is no room for it now: again after a while, twice as long each time up to a limit, and when the window has
    /// a place.</summary>
    public void WaitForRoom(OutgoingRequest request, Instant now)
    {
        request.RoomRefusals++;
        var longer = state.Settings.RoomAgainAfter * (1 << Math.Min(request.RoomRefusals / 2, LongerMax));
        request.WantsRoomFrom = now + state.WithJitter(longer);
        (request.AskOthersAt, request.ToAllAt, request.MoveAt) = (Instant.Never, Instant.Never, Instant.Never);
    }

    /// <summary>The site said, for a reason of its own, that it cannot do this. False if no other may.</summary>
    public bool TryElsewhere(OutgoingRequest request, SiteId site, Instant now, ClientEffects effects)
    {
        request.Forget(site);
        request.SitesThatCannot.Add(site);
        request.NextTurn = TurnOf(site) + 1;
        request.MoveAt = now;
        var others = state.Settings.Preference.Where(other => !request.SitesThatCannot.Contains(other)).ToArray();
        if (others.Any(Connections.CanAnswer))
        {
            return true;
        }

        var untried = Array.FindIndex(others, state.Reach.MayAnswer);
        if (untried < 0)
        {
            return false;
        }

        state.Reach.Want(others[untried], effects);
        request.NextTurn = TurnOf(others[untried]);
        request.MoveAt = now + state.Settings.BoundMin;
        return true;
    }

    public int TurnOf(SiteId site)
    {
        var preference = state.Settings.Preference;
        for (var turn = 0; turn < preference.Count; turn++)
        {
            if (preference[turn] == site)
            {
                return turn;
            }
        }

        return 0;
    }

    private static void AskSoon(OutgoingRequest request, Instant now)
    {
        var soon = now + request.AskDelay;
        request.AskOthersAt = soon < request.AskOthersAt ? soon : request.AskOthersAt;
    }

    private void SendToAll(OutgoingRequest request, SiteId site, ClientEffects effects)
    {
        foreach (var replica in Connections.Of(site))
        {
            effects.Send(replica, new Request(request.Request));
        }
    }

    private void AskOthers(OutgoingRequest request, SiteId site, Instant now, ClientEffects effects)
    {
        // After a try that failed, replies that do not agree may be of different tries: then all are asked for the last.
        foreach (var replica in Connections.Of(site).Where(replica => request.Tries > 0 || !request.HasReplied(replica)))
        {
            effects.Send(replica, new ResendReply(request.Digest));
        }

        request.AskDelay = request.AskDelay * 2 < state.Settings.BoundMax ? request.AskDelay * 2 : state.Settings.BoundMax;
        request.AskOthersAt = now + request.AskDelay;
    }

    private bool AreRepliersConnected(ClientRequest request, SiteId site)
    {
        var size = Connections.Size(site);
        return Connections.Of(site).Count(replica =>
            Repliers.AnswersAtOnce(request.Client, request.FirstNumber, replica.Index, size)) >= size.OneCorrect;
    }
}
