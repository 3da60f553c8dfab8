package dev.selvedge.hub.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps messages until their endpoints have taken them, one log for each priority, and the hub's small state beside them. A folder belongs to
 * one device and one process. Any thread.
 */
public final class MessageStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MessageStore.class);
    private static final String CURSOR = "cursor/";
    private static final String LOG_MARK = "log/";
    private static final String LOST_RECORDS = "lost-records";
    private static final String LOST_IN_QUARANTINE = "lost-in-quarantine";
    /** Bytes of a record; what is put into quarantine is somewhat longer. */
    private static final int LONGEST = RecordFormat.MAX_LENGTH - 1024;

    private static final long EXPIRE_EVERY_MILLIS = 1000;
    private static final Duration LOCK_WITHIN = Duration.ofSeconds(30);
    private static final Duration LOCK_EVERY = Duration.ofMillis(50);

    private final Path folder;
    private final StoreOptions options;
    private final Room room;
    private final InstantSource clock;
    private final Closeable lock;
    private final boolean readOnly;
    private final List<PriorityLog> logs;
    private final Writer writer;
    private final StateJournal journal;
    private final Quarantine quarantine;
    private final Map<String, EndpointQueue> queues = new ConcurrentHashMap<>();
    private long tickedAt;
    private long expiredAt;
    private volatile long lostAtStart;
    private volatile long lostInQuarantine;
    private volatile long damagedAtStart;
    private volatile int backlogShare = 30;
    private volatile @Nullable StoreException failure;
    private volatile Consumer<StoreException> onFailure = _ -> {};

    private MessageStore(
            Path folder, StoreOptions options, Disk disk, InstantSource clock, Closeable lock, boolean readOnly) {
        this.folder = folder;
        this.readOnly = readOnly;
        this.options = options;
        this.clock = clock;
        this.lock = lock;
        room = new Room(this, disk, folder, options);
        logs = IntStream.rangeClosed(0, Destination.NO_PRIORITY)
                .mapToObj(p -> new PriorityLog(disk, folder.resolve("log-%02d".formatted(p)), options, p))
                .toList();
        writer = new Writer(this, clock);
        journal = new StateJournal(disk, folder.resolve("state"), writer);
        quarantine = new Quarantine(this, writer, disk, folder.resolve("quarantine"), options, clock);
    }

    /**
     * Opens a folder, making it if it is empty, and recovers what it holds.
     *
     * @param deviceId whose folder it is: another device's is refused
     * @throws StoreException when the folder is in use, belongs to another device, was written by another version, or cannot be read
     */
    public static MessageStore open(Path folder, String deviceId, StoreOptions options, InstantSource clock)
            throws StoreException {
        return open(folder, deviceId, options, clock, new RealDisk());
    }

    static MessageStore open(Path folder, String deviceId, StoreOptions options, InstantSource clock, Disk disk)
            throws StoreException {
        try {
            disk.createDirectories(folder);
            var lock = lock(folder);
            try {
                var store = new MessageStore(folder, options, disk, clock, lock.channel(), false);
                store.recover(new Owner(disk, folder, deviceId));
                store.writer.start();
                return store;
            } catch (IOException | RuntimeException e) {
                lock.channel().close();
                throw e;
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException("the store in " + folder + " cannot be opened", e);
        }
    }

    /**
     * Opens the folder of a hub that does not run, to look at it: no byte of it changes, and nothing can be stored or taken. Its own device's id
     * is read off it.
     *
     * @throws StoreException when the folder is in use, is no store, was written by another version, or cannot be read
     */
    public static MessageStore look(Path folder, InstantSource clock) throws StoreException {
        try {
            var device = Owner.of(folder);
            var lock = share(folder);
            try {
                var disk = new ReadOnlyDisk();
                var options = new StoreOptions(Long.MAX_VALUE, Integer.MAX_VALUE, 0);
                var store = new MessageStore(folder, options, disk, clock, lock, true);
                store.recover(new Owner(disk, folder, device));
                return store;
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException("the store in " + folder + " cannot be read", e);
        }
    }

    /**
     * As {@link #open(Path, String, StoreOptions, InstantSource)}, for whoever tends the store of a hub that does not run: does not wait for it
     * to end, makes no new store, and is whose it is.
     */
    public static MessageStore tend(Path folder, StoreOptions options, InstantSource clock) throws StoreException {
        try {
            var device = Owner.of(folder);
            share(folder).close();
            return open(folder, device, options, clock);
        } catch (StoreException e) {
            throw e;
        } catch (IOException e) {
            throw new StoreException("the store in " + folder + " cannot be read", e);
        }
    }

    /** Makes sure that no hub has the folder, nor gets it until what is returned is closed. */
    private static Closeable share(Path folder) throws IOException {
        var file = folder.resolve("lock");
        if (!Files.exists(file)) {
            // a copy: no hub ever had it
            return () -> {};
        }
        var channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            if (channel.tryLock(0, Long.MAX_VALUE, true) != null) {
                return channel;
            }
        } catch (OverlappingFileLockException _) {
            // this process has it
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new StoreException("the store in " + folder
                + " is in use by a running hub: ask that hub instead of its folder, or stop it first");
    }

    /**
     * Locks the folder. Another process may still be letting go of it: a pod that was deleted by force runs beside its successor until kubelet has
     * ended it.
     */
    private static FileLock lock(Path folder) throws IOException {
        var channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            var lock = channel.tryLock();
            if (lock == null) {
                LOG.warn("waiting for another hub to let go of the store: folder={}", folder);
                lock = awaitLock(channel);
            }
            if (lock != null) {
                return lock;
            }
        } catch (OverlappingFileLockException _) {
            // this process has it, and will not let go while it asks
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new StoreException("the store in " + folder + " is in use by another hub: only one may open it");
    }

    private static @Nullable FileLock awaitLock(FileChannel channel) throws IOException {
        var end = System.nanoTime() + LOCK_WITHIN.toNanos();
        FileLock lock = null;
        while (lock == null && System.nanoTime() < end) {
            LockSupport.parkNanos(LOCK_EVERY.toNanos());
            lock = channel.tryLock();
        }
        return lock;
    }

    private void recover(Owner owner) throws IOException {
        owner.claim(journal);
        journal.recover();
        // before there is a log: where there is one, and no journal, the journal is lost
        keep(Owner.KEY, owner.text());
        var marks = new LogMark[logs.size()];
        for (var log : logs) {
            var saved = journal.get(LOG_MARK + log.priority());
            marks[log.priority()] = saved == null ? LogMark.NONE : LogMark.restore(saved);
        }
        journal.withPrefix(CURSOR).forEach((key, saved) -> {
            var slash = key.indexOf('/', CURSOR.length());
            var priority = Integer.parseInt(key.substring(CURSOR.length(), slash));
            var cursor = queue(key.substring(slash + 1)).cursor(priority);
            cursor.restore(saved);
            marks[priority] = marks[priority].atLeast(cursor.lastSequence());
        });
        var read = LongRead.begin(folder);
        quarantine.look();
        for (var log : logs) {
            log.recover(new Recovery(log.priority()), marks[log.priority()], quarantine.lastSequence(log.priority()));
        }
        cursors().forEach(Cursor::recovered);
        var newInQuarantine = quarantine.recover();
        read.end();
        var newInLogs = lostInLogs() - kept(LOST_RECORDS);
        lostInQuarantine = kept(LOST_IN_QUARANTINE) + newInQuarantine;
        lostAtStart = newInLogs + newInQuarantine;
        damagedAtStart = damaged(queueStats());
        if (newInLogs != 0) {
            keep(LOST_RECORDS, ByteBuffer.allocate(8).putLong(lostInLogs()).array());
        }
        if (newInQuarantine != 0) {
            keep(
                    LOST_IN_QUARANTINE,
                    ByteBuffer.allocate(8).putLong(lostInQuarantine).array());
        }
        for (var log : logs) {
            if (log.mark().last() > 0) {
                keep(LOG_MARK + log.priority(), log.mark().save());
            }
        }
        try {
            if (newInQuarantine != 0) {
                // else the next start finds them once more
                writeCursors(true);
            }
            journal.force();
        } catch (IOException e) {
            putOff(e);
        }
        check();
        if (lostAtStart > 0) {
            LOG.error("{} stored messages are missing or damaged in {}", lostAtStart, folder);
        }
    }

    private long kept(String key) {
        var value = journal.get(key);
        return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }

    private void keep(String key, byte[] value) throws IOException {
        try {
            save(key, value);
        } catch (IOException e) {
            putOff(e);
        }
    }

    /** The journal could not be written at the start: what it is to say is in memory, and written when there is room. */
    private void putOff(IOException failure) throws IOException {
        if (!room.isLow()) {
            throw failure;
        }
        journal.doubt();
        LOG.error("no room for the state journal in {}: it is written when there is", folder);
    }

    private void check() {
        for (var queue : stats().queues()) {
            if (queue.mismatch() != 0) {
                LOG.error("the account of a queue is out by {}: {}", queue.mismatch(), queue);
            }
        }
    }

    /** Tells the cursors of one priority what is in its log. */
    private final class Recovery implements PriorityLog.Visitor, RecordFormat.Visitor {
        private final int priority;
        private @Nullable Cursor last;
        private @Nullable Segment segment;
        private long offset;

        private Recovery(int priority) {
            this.priority = priority;
        }

        @Override
        public void record(RecordFormat.Stored record, Segment from, long at) {
            segment = from;
            offset = at;
            record.targets(this);
        }

        @Override
        public void target(RecordFormat.Stored record, int at) {
            var cursor = last;
            if (cursor == null || !record.isFor(cursor.name(), at)) {
                cursor = queue(record.name(at)).cursor(priority);
                last = cursor;
            }
            cursor.added(
                    Objects.requireNonNull(segment),
                    offset,
                    record.sequence(),
                    record.source(),
                    record.ordinal(at),
                    record.expiresAtMillis(at));
        }
    }

    private long lostInLogs() {
        return logs.stream().mapToLong(PriorityLog::lost).sum();
    }

    /** As {@link #append(String, byte[], List)}, of nobody in particular. */
    public CompletableFuture<Void> append(byte[] payload, List<Destination> destinations) {
        return writer.append(0, payload, destinations, true);
    }

    /**
     * Stores a record for all its destinations. Completes on the writer thread when it is on disk; fails with {@link StoreFullException} when
     * there is no room, with {@link StoreException} when the disk failed.
     *
     * @param source who sent it: the records of one source keep their order. Two names with one hash count as one source
     */
    public CompletableFuture<Void> append(String source, byte[] payload, List<Destination> destinations) {
        return writer.append(source.hashCode(), payload, destinations, true);
    }

    /**
     * As {@link #append(String, byte[], List)}, of messages that were in a store before: nothing is dropped for them, whatever the policy.
     *
     * @param source null if it was of nobody in particular
     */
    public CompletableFuture<Void> restore(@Nullable String source, byte[] payload, List<Destination> destinations) {
        return writer.append(source == null ? 0 : source.hashCode(), payload, destinations, false);
    }

    /** The queue of an endpoint; made when it is first asked for. */
    public EndpointQueue queue(String endpoint) {
        var there = queues.get(endpoint);
        return there != null
                ? there
                : queues.computeIfAbsent(
                        endpoint,
                        name -> new EndpointQueue(
                                name, logs, clock, writer::progressed, this::liveShare, this::quarantine));
    }

    /** Endpoints that have or had messages. */
    public Set<String> endpoints() {
        return Set.copyOf(queues.keySet());
    }

    /**
     * Drops all that waits for an endpoint, for the reason "purged"; completes with how many when that is on disk. What is on its way to the
     * receiver may still arrive.
     */
    public CompletableFuture<Long> purge(String endpoint) {
        return ask(() -> {
            writer.commit();
            var queue = queue(endpoint);
            var before = queue.queued();
            queue.cursors().forEach(cursor -> cursor.giveUp(Long.MAX_VALUE, Quarantine.PURGED));
            var purged = before - queue.queued();
            if (saveCursors(true)) {
                giveBack();
            }
            if (failure != null || journal.isDoubtful()) {
                throw new StoreException("what was dropped could not be saved: after a restart it may wait again");
            }
            return purged;
        });
    }

    /** What is in quarantine for an endpoint after a number, oldest first, without taking it out. */
    public CompletableFuture<List<HeldRecord>> peekQuarantine(
            String endpoint, long after, int maxRecords, int maxBytes) {
        return ask(() -> quarantine.read(endpoint, after, maxRecords, maxBytes));
    }

    /** Reads every record on disk and compares its checksum. Takes as long as the disk does; the store works meanwhile. */
    public Inspection inspect() throws IOException {
        var files = new ArrayList<Inspection.File>();
        for (var log : logs) {
            files.addAll(log.inspect());
        }
        try {
            files.addAll(ask(quarantine::inspect).get());
            var entries = ask(journal::inspect).get();
            var told = files.stream().mapToLong(Inspection.File::missing).sum();
            return new Inspection(files, Math.max(0, lostAtStart - told), entries);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("it was interrupted", e);
        } catch (ExecutionException e) {
            throw new StoreException("the store cannot be read", e);
        }
    }

    /** Does something that only the writer thread may; nobody else is there when the store is only looked at. */
    private <T> CompletableFuture<T> ask(Callable<T> work) {
        if (!readOnly) {
            return writer.ask(work);
        }
        var job = new Writer.Job<>(work, new CompletableFuture<>());
        job.run();
        return job.done();
    }

    private CompletableFuture<Void> quarantine(Cursor cursor, QueuedRecord record, String reason) {
        return writer.ask(() -> {
            quarantine.put(cursor, record, reason);
            saveCursors(false);
            return null;
        });
    }

    /** What is in quarantine, oldest first. */
    public List<QuarantinedRecord> quarantined() {
        return quarantine.records();
    }

    /**
     * Lets what is in quarantine for an endpoint wait in its queue again, behind what is there. Completes with how many when they are on disk;
     * those that the store had no room for stay.
     */
    public CompletableFuture<Integer> release(String endpoint) {
        return writer.ask(() -> quarantine.release(endpoint));
    }

    /** Drops what is in quarantine for an endpoint; completes with how many. */
    public CompletableFuture<Integer> purgeQuarantine(String endpoint) {
        return writer.ask(() -> quarantine.purge(endpoint));
    }

    List<Cursor> cursors() {
        return queues.values().stream()
                .flatMap(queue -> queue.cursors().stream())
                .toList();
    }

    /** Twins, sessions and the like. */
    public StateJournal journal() {
        return journal;
    }

    /** Another limit, from now on. */
    public void maxBytes(long bytes) {
        room.maxBytes(bytes);
    }

    /** Of a hundred records that are handed out while a backlog drains, how many are of the backlog, from now on; 1 to 100. */
    public void backlogShare(int percent) {
        backlogShare = percent;
    }

    /** Nothing goes ahead when disk is short: it comes back only when the backlog is through. */
    private int liveShare() {
        return room.isTight() ? 0 : 100 - backlogShare;
    }

    /** Another policy, from now on. */
    public void whenFull(WhenFull policy) {
        room.whenFull(policy);
    }

    public StoreStats stats() {
        var all = queueStats();
        return new StoreStats(
                all,
                bytes(),
                room.maxBytes(),
                room.volumeBytes(),
                lostInLogs() + lostInQuarantine,
                lostAtStart,
                Math.max(0, damaged(all) - damagedAtStart),
                journal.lost(),
                journal.lostAtStart(),
                writer.syncs(),
                writer.syncNanos(),
                quarantine.bytes(),
                room.volumeLow());
    }

    private static long damaged(List<StoreStats.Queue> queues) {
        return queues.stream()
                .mapToLong(queue -> queue.dropped().getOrDefault(Account.DAMAGED, 0L))
                .sum();
    }

    private List<StoreStats.Queue> queueStats() {
        var all = new ArrayList<StoreStats.Queue>();
        for (var queue : queues.values()) {
            for (var cursor : queue.cursors()) {
                var stats = cursor.stats(queue.endpoint());
                if (stats.received() > 0) {
                    all.add(stats);
                }
            }
        }
        return all;
    }

    /** Is called when the store can write no more, at once if that is so already: the hub must stop. */
    public void onFailure(Consumer<StoreException> listener) {
        onFailure = listener;
        var before = failure;
        if (before != null) {
            listener.accept(before);
        }
    }

    /** Finishes what was asked, saves the cursors and closes the files. */
    @Override
    public void close() throws StoreException {
        try {
            if (!readOnly) {
                writer.stop();
            }
            journal.close();
            for (var log : logs) {
                log.close();
            }
            lock.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new StoreException("the store in " + folder + " did not close", e);
        }
    }

    long bytes() {
        return quarantine.bytes() + logs.stream().mapToLong(PriorityLog::bytes).sum();
    }

    List<PriorityLog> logs() {
        return logs;
    }

    Room room() {
        return room;
    }

    /** Why a record is not taken, or null: then its room is set aside. Writer thread. */
    @Nullable
    StoreException refusal(Writer.Append append) {
        if (failure != null) {
            return failure;
        }
        var size = append.size();
        if (append.payload().length + 256L * append.destinations().size() > LONGEST) {
            return new StoreException("a record of " + size + " bytes is longer than " + LONGEST);
        }
        if (!room.has(size)) {
            writer.commit();
            var priority = Integer.numberOfTrailingZeros(append.priorities());
            var full = room.make(size, priority, append.mayDisplace());
            if (full != null) {
                return full;
            }
        }
        room.take(size);
        return null;
    }

    /** From time to time: settles what has expired, and saves what was received. Writer thread. */
    void tick(long atMostEveryMillis) {
        var now = clock.millis();
        if (Math.abs(now - tickedAt) >= atMostEveryMillis) {
            tickedAt = now;
            dropExpired();
            saveCursors(true);
        }
    }

    /** Settles what has expired and waits for a receiver that is away; looks again only after a while. Writer thread. */
    void dropExpired() {
        var now = clock.millis();
        if (Math.abs(now - expiredAt) < EXPIRE_EVERY_MILLIS) {
            return;
        }
        expiredAt = now;
        try {
            for (var queue : queues.values()) {
                for (var cursor : queue.cursors()) {
                    cursor.dropExpired(now);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot look for expired messages", e);
        }
    }

    /** Settles all that waits in the oldest segment of a log as dropped, and deletes it; false when the disk did not let it. Writer thread. */
    boolean giveUpOldest(PriorityLog log) {
        var segment = log.oldest();
        if (segment == null) {
            return false;
        }
        for (var queue : queues.values()) {
            queue.cursor(log.priority()).giveUp(segment.lastSequence(), Room.FULL);
        }
        if (!saveCursors(true)) {
            return false;
        }
        reclaim(log, 1);
        return log.oldest() != segment;
    }

    /** Gives back all disk that nobody needs, down to the last record. Writer thread. */
    void giveBack() {
        if (saveCursors(false)) {
            logs.forEach(log -> reclaim(log, 1));
        }
    }

    /** Wakes the endpoints of new records. Writer thread. */
    void announce(List<PriorityLog.Staged> done) {
        var endpoints = new HashSet<String>();
        for (var staged : done) {
            for (var destination : staged.append().destinations()) {
                endpoints.add(destination.endpoint());
            }
        }
        endpoints.forEach(endpoint -> queue(endpoint).available());
    }

    /**
     * Saves the cursors that moved, then deletes the segments that nobody needs; whether they are saved. Writer thread.
     *
     * @param force all of them, and durably
     */
    boolean saveCursors(boolean force) {
        var saved = true;
        try {
            writeCursors(force);
            if (force) {
                journal.force();
            } else {
                journal.compact();
            }
        } catch (IOException e) {
            LOG.error("the cursors could not be saved: after a crash messages may be sent again", e);
            saved = renewJournal();
        }
        if (saved) {
            logs.forEach(log -> reclaim(log, options.segmentBytes() / 4));
        }
        return saved;
    }

    private void writeCursors(boolean all) throws IOException {
        for (var change : remember(all).entrySet()) {
            journal.write(change.getKey(), change.getValue());
        }
    }

    /**
     * What of the cursors and marks is to be written. The journal's memory has all of it before the first is: where a write fails, a new file is made
     * of what is there.
     *
     * @param all also what has not moved
     */
    private Map<String, byte[]> remember(boolean all) {
        var states = new LinkedHashMap<String, byte[]>();
        for (var queue : queues.values()) {
            for (var cursor : queue.cursors()) {
                var state = all ? cursor.save() : cursor.saveIfMoved();
                if (state != null && cursor.lastSequence() > 0) {
                    states.put(CURSOR + cursor.priority() + "/" + queue.endpoint(), state);
                }
            }
        }
        for (var log : logs) {
            if (log.hasMoved() || (all && log.mark().last() > 0)) {
                states.put(LOG_MARK + log.priority(), log.mark().save());
            }
        }
        states.entrySet().removeIf(state -> Arrays.equals(journal.get(state.getKey()), state.getValue()));
        states.forEach(journal::remember);
        return states;
    }

    private void reclaim(PriorityLog log, int rollAt) {
        var needed = Long.MAX_VALUE;
        for (var queue : queues.values()) {
            needed = Math.min(needed, queue.cursor(log.priority()).neededWhenSaved());
        }
        if (!log.hasWaste(needed, rollAt)) {
            return;
        }
        try {
            var mark = log.reclaimable(needed, rollAt);
            if (remember(log, mark)) {
                log.reclaim(mark);
                gaveBack();
            }
        } catch (IOException e) {
            LOG.warn("space of priority {} could not be given back", log.priority(), e);
        }
    }

    /** Makes durable, with the cursors saved before it, where a log is going to begin. */
    private boolean remember(PriorityLog log, LogMark mark) {
        try {
            save(LOG_MARK + log.priority(), mark.save());
            journal.force();
            return true;
        } catch (IOException e) {
            LOG.error("the state journal could not be written", e);
            return renewJournal();
        }
    }

    /** Where the volume is short, the logs give up what they took ahead of their records; whether it is. Writer thread. */
    boolean giveUpAhead() {
        var isLow = room.isLow();
        if (isLow) {
            logs.forEach(PriorityLog::trim);
        }
        return isLow;
    }

    /** Disk came back: if the journal had no room, it may have now. Writer thread. */
    void gaveBack() {
        if (journal.isDoubtful()) {
            renewJournal();
        }
    }

    private void save(String key, byte[] value) throws IOException {
        if (!Arrays.equals(journal.get(key), value)) {
            journal.remember(key, value);
            journal.write(key, value);
        }
    }

    /**
     * The journal failed: start a new file, wait for room to do so, or give up; whether the store goes on. All that is in memory is on disk then, unless
     * the journal is still doubtful. Where there is no room the logs give up what they took ahead. Where there is, it may have come between the failure
     * and the look at the volume, so that it is tried once more. Writer thread.
     */
    boolean renewJournal() {
        var trimmed = false;
        var roomMayHaveCome = true;
        while (true) {
            try {
                journal.replace();
                return true;
            } catch (IOException e) {
                var isLow = room.isLow();
                if (isLow && trimmed) {
                    LOG.error(
                            "no room for the state journal in {}: what is done now may be done again after a crash",
                            folder);
                    return true;
                }
                if (isLow) {
                    logs.forEach(PriorityLog::trim);
                    trimmed = true;
                } else if (!roomMayHaveCome) {
                    fail(new StoreException("the state journal in " + folder + " cannot be written", e));
                    return false;
                }
                roomMayHaveCome = isLow;
            }
        }
    }

    /** Nothing more is accepted. */
    void fail(StoreException cause) {
        if (failure == null) {
            failure = cause;
            onFailure.accept(cause);
        }
    }
}
