namespace Holdfast.Protocol;

/// <summary>The bound of every queue, list and window of the core. A bound is part of the protocol where replicas must
/// judge alike; such bounds change only with a new machine version.</summary>
public static class Limits
{
    public const int Sites = 15;
    public const int FaultsPerSite = 5;
    public const int ReplicasPerSite = (3 * FaultsPerSite) + 1;
    public const int SignatureBytes = 64;
    public const int PublicKeyBytes = 32;

    /// <summary>An operation of a client, encoded.</summary>
    public const int OperationBytes = 192 * 1024;
    public const int OperationsPerRequest = 128;

    /// <summary>A whole client request: it must fit into one stream body together with its frame.</summary>
    public const int RequestBytes = 224 * 1024;
    public const int ResultBytes = 1024 * 1024;

    /// <summary>Queries of one request: however long their results are, one reply has room for them.</summary>
    public const int QueriesPerRequest = 4;

    /// <summary>One body on a link's stream.</summary>
    public const int StreamBodyBytes = 256 * 1024;
    public const int OutputsPerSiteMessage = 64;
    public const int SiteMessageBytes = 1024 * 1024;

    /// <summary>A correct sender puts no more into a message than this, unless one output is longer.</summary>
    public const int FilledSiteMessageBytes = FilledBatchBytes;
    public const int MerklePathLength = 16;
    public const int LeavesPerBatch = 1 << 15;

    /// <summary>Replies with receipts that are kept among the leaves of all batches; clients share it.</summary>
    public const int HeldLeafBytes = 64 * 1024 * 1024;

    public const int InputsPerBatch = 1024;
    public const int BatchBytes = 2 * 1024 * 1024;

    /// <summary>A correct primary fills a batch up to here, and goes beyond only to give every source that waits a quarter of
    /// this or one longer input. So what one source has piled up makes no batch long to execute: no replica is silent for long,
    /// and none seems slow because much waited.</summary>
    public const int FilledBatchBytes = 256 * 1024;

    /// <summary>Inputs that a replica holds until its machine has consumed them.</summary>
    public const int PooledInputs = 16 * 1024;
    public const int PooledBytes = 64 * 1024 * 1024;

    public const int UndecidedBatches = 2;
    public const int CheckpointEveryAtLeast = 128;
    public const int CheckpointEveryAtMost = 256;
    public const int SiteWindow = 512;

    /// <summary>So many places above what a replica has executed it keeps the bodies of all offers, and so many bytes beyond.
    /// No correct primary is so far ahead of those that follow it; who does not gets the bodies from peers. Of one place it
    /// keeps so many bodies that it has not accepted, and so many in all.</summary>
    public const int OfferedBodiesAhead = 16;
    public const long OfferedBytesAhead = 32 * 1024 * 1024;
    public const int BodiesOfOnePlace = 8;
    public const int AcceptedBodiesOfOnePlace = 64;

    /// <summary>Undecided places that one Status tells of, and places that one answer to it serves.</summary>
    public const int SlotsPerStatus = 32;
    public const int CommittedPerStatus = 64;
    public const int CommittedBytesPerStatus = 4 * 1024 * 1024;

    /// <summary>Committed digests that a replica remembers, for peers that missed them.</summary>
    public const int CommittedDigestsKept = 16 * 1024;

    /// <summary>Checkpoints of one replica that are counted at a time.</summary>
    public const int CheckpointsPerReplica = 8;

    /// <summary>Of one replica's signed words a witness remembers so many: offers, prepares and checkpoints of two
    /// windows; shares; view changes and new views, unless they are longer than this.</summary>
    public const int WitnessedWords = 2 * SiteWindow;
    public const int WitnessedShares = 256;
    public const int WitnessedViews = 8;
    public const int WitnessedWordBytes = 512 * 1024;

    /// <summary>Pairs of one replica's shares whose signatures a witness checks in one life.</summary>
    public const int SharesExamined = 64;

    /// <summary>Pieces of evidence of one kind against one replica, the bytes of one, and of all against one.</summary>
    public const int EvidenceOfOneKind = 4;
    public const int EvidenceBytes = (2 * WitnessedWordBytes) + 1024;
    public const int EvidenceBytesOfOneReplica = 4 * 1024 * 1024;

    /// <summary>Processes of a peer that a replica remembers, and of its own that its disk knows.</summary>
    public const int PeerRunsKept = 4;
    public const int OwnRunsKept = 64;

    /// <summary>Words of a replica that starts which one peer shows it, and the bytes of one.</summary>
    public const int WordsRecalled = PeerRunsKept + 3;
    public const int RecalledWordBytes = 512 * 1024;

    /// <summary>So many places behind its return a replica that lost its disk votes again.</summary>
    public const int PlacesUntilVote = 2 * SiteWindow;

    /// <summary>Inputs that one tick, or a new view, hands on.</summary>
    public const int HandedOnAtOnce = 256;

    public const int CommitmentsPerRow = 256;
    public const int RowsHeldPerReplica = 4;

    /// <summary>With so few commitments left or fewer, a replica publishes its next row: half of two rows.</summary>
    public const int CommitmentsRefill = CommitmentsPerRow;

    /// <summary>Attempts to sign one batch; what it says is put out again in a later one anyway.</summary>
    public const int AttemptsPerBatch = 32;
    public const int GroupsPerAttempt = 10;

    /// <summary>Shares and signatures from one peer for batches that are not executed here yet.</summary>
    public const int EarlySharesPerReplica = 256;

    public const int EntriesInFlight = 64;
    public const int UpdatesPerEntry = 1024;
    public const int EntryBytes = 192 * 1024;

    /// <summary>While entries are in flight another one opens when so much waits, or when the last is so old.</summary>
    public const int UpdatesWorthAnEntry = 64;
    public const int EntryBytesWorthAnEntry = EntryBytes / 2;

    /// <summary>Identities of entries above the committed ones that a view change or a new view may name.</summary>
    public const int EntriesAboveCommitted = 4 * EntriesInFlight;

    /// <summary>Proposals that came ahead of the own log, or of the own view.</summary>
    public const int WaitingProposals = 2 * EntriesInFlight;

    /// <summary>Updates of one site that wait at the leading site; its credits stand for them.</summary>
    public const int ForwardCredits = 1024;

    /// <summary>Bytes that a site has forwarded and not seen executed.</summary>
    public const int ForwardedBytes = 8 * 1024 * 1024;

    /// <summary>The same as the leading site holds them for each: what was settled in another way counts there still.</summary>
    public const long ForwardedBytesWaiting = 2 * ForwardedBytes;
    public const int BodiesPerFetch = 1024;

    /// <summary>Parts of a view change or of a new view.</summary>
    public const int PartsPerWord = 64;
    public const int EntryDigestsPerPart = 6 * 1024;
    public const int EntriesPerFetched = 1024;
    public const int EntriesPerFetch = 4 * 1024;
    public const int ChunksPerFetch = 16;

    /// <summary>What an application may put into its state; what the system keeps there is shorter.</summary>
    public const int StateKeyBytes = 32 * 1024;
    public const int StateValueBytes = 32 * 1024 * 1024;

    /// <summary>How often one operation of an application may read, change or step through its state: one more is an exception,
    /// and so a rejection that all replicas share. And how often all operations of one client in one entry may, before the rest
    /// of them is not taken: no client keeps every replica of every site busy for long.</summary>
    public const long StateAccessesPerOperation = 128 * 1024;
    public const long StateAccessesPerEntry = 2 * StateAccessesPerOperation;

    /// <summary>State transfer: chunks that one question may ask for, and the bytes of one, unless a single entry has
    /// more.</summary>
    public const int StateChunksPerFetch = 8;
    public const int StateChunkBytes = 64 * 1024;

    /// <summary>A key of the whole state: a component's, under its prefix.</summary>
    public const int EncodedKeyBytes = StateKeyBytes + 64;

    /// <summary>A chunk as it travels: the longest entry, and the proof with its keys. It is cut to pieces.</summary>
    public const int EncodedChunkBytes = StateValueBytes + (8 * 1024 * 1024);
    public const int StatePieceBytes = 1024 * 1024;

    /// <summary>States that are kept for those who may ask for them.</summary>
    public const int StatesKept = 2;

    /// <summary>States that the own site took over of late, and that a replica of it may still wait for. There is a second
    /// only if the site is left behind again within a window.</summary>
    public const int TakenOverStatesKept = 2;

    /// <summary>So much may have changed since the oldest state that somebody still asks for, or as much as the state
    /// itself has: all that older states take, however many ask for different ones. Who fetches more slowly begins anew
    /// with a newer one.</summary>
    public const long PinnedStateBytes = 512L * 1024 * 1024;

    /// <summary>Whole states of other sites that a replica takes out of its journal when it starts, the newest: batches
    /// that are executed again may take them over.</summary>
    public const int FetchedStatesKept = 3;

    /// <summary>A site tells its state after so many entries, so many bytes of them, or such a time, whichever is first:
    /// a function of the entries alone, so that all sites tell it at the same places. It keeps all entries above.</summary>
    public const uint StateToldEvery = 1024;
    public const long StateToldBytes = RetainedBytes / 4;

    /// <summary>Journal that a replica keeps while it fetches another site's state, whose chunks lie in it; or twice
    /// what was fetched, if that is more. Then it writes the chunks once more, and lets go of what is before.</summary>
    public const long JournalKeptBytes = 256 * 1024 * 1024;

    /// <summary>Own told states that are held against those of others.</summary>
    public const int ToldStatesKept = 4;

    /// <summary>Executed entries, with bodies, that are kept for sites that come back.</summary>
    public const int RetainedBytes = 64 * 1024 * 1024;
    public const int GlobalTimeoutDoublings = 6;
    public const int PendingUpdates = 8 * 1024;
    public const int PendingBytes = 32 * 1024 * 1024;
    public const int OutboxBytesPerLink = 64 * 1024 * 1024;

    /// <summary>Of a link's outbox, what is put out and attested ahead of the acknowledgements.</summary>
    public const int LinkWindowItems = 1024;
    public const int LinkWindowBytes = 8 * 1024 * 1024;

    /// <summary>Stream places of one link in one batch.</summary>
    public const int LeavesPerLinkAndBatch = 512;

    /// <summary>Own register versions that a peer has not shown to have seen, with their sending times.</summary>
    public const int UnseenVersions = 64;

    /// <summary>A new sender starts with so much in flight, and doubles it with each acknowledgement.</summary>
    public const int FirstFlightBytes = 64 * 1024;

    /// <summary>What one replica hands on to one site for each of the others, in a tenth of a second.</summary>
    public const int HandedOnBytes = SiteMessageBytes;

    /// <summary>A body that travels in parts, put together: what is said is cut so that it hardly ever needs a second one.</summary>
    public const int JoinedBodyBytes = 2 * StreamBodyBytes;
    public const int WaitingReads = 4 * 1024;
    public const int WaitingReadBytes = 16 * 1024 * 1024;

    /// <summary>A frame between replicas: a batch, or a new view with its certificates.</summary>
    public const int FrameBytes = 8 * 1024 * 1024;
    public const int ClientFrameBytes = 512 * 1024;

    /// <summary>Frames of a client that wait to be written to one replica, and their bytes.</summary>
    public const int ClientQueueFrames = 1024;
    public const int ClientQueueBytes = 8 * 1024 * 1024;

    /// <summary>A frame from a replica to a client: the results of one request, all together, with their heads and the proof
    /// of a receipt. A session's recorded results stay below this, so that one of many updates fits, too.</summary>
    public const int ReplyFrameBytes = (QueriesPerRequest * ResultBytes) + (64 * 1024);

    /// <summary>Results in replies that wait for the end of a pass to leave: with more, it ends at once.</summary>
    public const int HeldAnswerBytes = 4 * 1024 * 1024;

    /// <summary>Results of queries that one batch answers; the next query is not taken. One beyond it has room, since nobody
    /// knows before how long it is.</summary>
    public const int AnsweredBytesPerBatch = 8 * 1024 * 1024;

    /// <summary>A question for a reply weighs so much more than its own few bytes before the pump: what it brings may be
    /// long.</summary>
    public const int ReplyWantedBytes = 16 * 1024;

    public const int StatusFields = 256;
    public const int StatusTextBytes = 512;

    /// <summary>Inputs of one replica that are held: rows, retries, returns, or what others say of it.</summary>
    public const int InputsOfOneReplica = 256;

    /// <summary>Inputs of one source that are held although something before them is missing.</summary>
    public const int EarlyInputsPerSource = 512;
    public const int EarlyBytesPerSource = LinkWindowBytes + SiteMessageBytes;

    /// <summary>A replica that takes nothing of what a client writes for so long is dialled anew.</summary>
    public static readonly TimeSpan ClientWrite = TimeSpan.FromSeconds(20);

    public static readonly TimeSpan OutboxKeeps = TimeSpan.FromMinutes(10);

    /// <summary>While a replica that lost its disk waits for its vote, batches are no further apart.</summary>
    public static readonly TimeSpan ReturnPace = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan EntryDelay = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan EntriesRetained = TimeSpan.FromMinutes(10);

    /// <summary>No time-out of the machine is shorter.</summary>
    public static readonly TimeSpan TimeoutAtLeast = TimeSpan.FromMilliseconds(200);

    /// <summary>A step of the agreed time over this restarts timers instead of firing them: the site slept.</summary>
    public static readonly TimeSpan TimeStep = TimeSpan.FromSeconds(2);

    /// <summary>What a change of the primary inside a site may take (protocol.md, section 8).</summary>
    public static readonly TimeSpan LocalViewChange = TimeSpan.FromMilliseconds(300);

    /// <summary>After so long without suspicion a doubled global time-out is halved.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(30);
}
