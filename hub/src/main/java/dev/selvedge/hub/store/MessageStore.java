package dev.selvedge.hub.store;

import java.io.IOException;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final long CHECK_FREE_EVERY_BYTES = 4 << 20;
    private static final long MAKE_ROOM_EVERY_MILLIS = 1000;
    private static final Duration LOCK_WITHIN = Duration.ofSeconds(30);
    private static final Duration LOCK_EVERY = Duration.ofMillis(50);

    private final Path folder;
    private final StoreOptions options;
    private final Disk disk;
    private final InstantSource clock;
    private final FileLock lock;
    private final List<PriorityLog> logs;
    private final Writer writer;
    private final StateJournal journal;
    private final Map<String, EndpointQueue> queues = new ConcurrentHashMap<>();
    private final Map<String, byte[]> savedCursors = new ConcurrentHashMap<>();
    private volatile long maxBytes;
    private long stagedBytes;
    private long freeCheckedAt = -CHECK_FREE_EVERY_BYTES;
    private boolean volumeFull;
    private long expiredAt;
    private volatile @Nullable StoreException failure;
    private volatile Consumer<StoreException> onFailure = _ -> {};

    private MessageStore(Path folder, StoreOptions options, Disk disk, InstantSource clock, FileLock lock) {
        this.folder = folder;
        this.options = options;
        this.disk = disk;
        this.clock = clock;
        this.lock = lock;
        maxBytes = options.maxBytes();
        logs = IntStream.rangeClosed(0, Destination.NO_PRIORITY)
                .mapToObj(p -> new PriorityLog(disk, folder.resolve("log-%02d".formatted(p)), options, p))
                .toList();
        writer = new Writer(this, clock);
        journal = new StateJournal(disk, folder.resolve("state"), writer);
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
            Files.createDirectories(folder);
            var lock = lock(folder);
            try {
                var store = new MessageStore(folder, options, disk, clock, lock);
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
            savedCursors.put(key, saved);
            marks[priority] = marks[priority].atLeast(cursor.handledThrough());
        });
        for (var log : logs) {
            log.recover(
                    record -> record.destinations((endpoint, _) ->
                            queue(endpoint).cursor(log.priority()).added(record.sequence())),
                    marks[log.priority()]);
        }
        try {
            for (var log : logs) {
                if (log.mark().last() > 0) {
                    save(LOG_MARK + log.priority(), log.mark().save());
                }
            }
            save(Owner.KEY, owner.text());
            journal.force();
        } catch (IOException e) {
            if (!isFull()) {
                throw e;
            }
            LOG.error("no room for the state journal in {}: it is written when there is", folder);
        }
        var lost = lostRecords();
        if (lost > 0) {
            LOG.error("{} stored messages are missing or damaged in {}", lost, folder);
        }
    }

    private long lostRecords() {
        return logs.stream().mapToLong(PriorityLog::lost).sum();
    }

    /**
     * Stores a record for all its destinations. Completes on the writer thread when it is on disk; fails with {@link StoreFullException} when
     * there is no room, with {@link StoreException} when the disk failed.
     */
    public CompletableFuture<Void> append(byte[] payload, List<Destination> destinations) {
        return writer.append(payload, destinations);
    }

    /** The queue of an endpoint; made when it is first asked for. */
    public EndpointQueue queue(String endpoint) {
        return queues.computeIfAbsent(endpoint, name -> new EndpointQueue(name, logs, clock, writer::progressed));
    }

    /** Endpoints that have or had messages. */
    public Set<String> endpoints() {
        return Set.copyOf(queues.keySet());
    }

    /** Twins, sessions and the like. */
    public StateJournal journal() {
        return journal;
    }

    /** Another limit, from now on. */
    public void maxBytes(long bytes) {
        maxBytes = bytes;
    }

    public StoreStats stats() {
        var all = new ArrayList<StoreStats.Queue>();
        for (var queue : queues.values()) {
            for (var cursor : queue.cursors()) {
                var stats = cursor.stats();
                if (stats.received() > 0) {
                    all.add(stats);
                }
            }
        }
        return new StoreStats(
                all, bytes(), maxBytes, lostRecords(), journal.lost(), writer.syncs(), writer.syncNanos());
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
            writer.stop();
            journal.close();
            for (var log : logs) {
                log.close();
            }
            lock.channel().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new StoreException("the store in " + folder + " did not close", e);
        }
    }

    private long bytes() {
        return logs.stream().mapToLong(PriorityLog::bytes).sum();
    }

    List<PriorityLog> logs() {
        return logs;
    }

    void batchBegins() {
        stagedBytes = 0;
    }

    /** Why a record is not taken, or null. Writer thread. */
    @Nullable
    StoreException refusal(Writer.Append append) {
        if (failure != null) {
            return failure;
        }
        var size = append.payload().length + 256L * append.destinations().size();
        if (size > RecordFormat.MAX_LENGTH) {
            return new StoreException("a record of " + size + " bytes is longer than " + RecordFormat.MAX_LENGTH);
        }
        if (bytes() + stagedBytes + size > maxBytes || volumeFull(size)) {
            dropExpired(MAKE_ROOM_EVERY_MILLIS);
            if (bytes() + stagedBytes + size > maxBytes) {
                return new StoreFullException("the store is full: " + bytes() + " of " + maxBytes + " bytes are taken");
            }
            if (volumeFull) {
                return new StoreFullException(
                        "the volume of " + folder + " has less than " + options.freeBytesFloor() + " bytes left");
            }
        }
        stagedBytes += size;
        return null;
    }

    private boolean isFull() {
        try {
            return disk.usableBytes(folder) < options.freeBytesFloor();
        } catch (IOException e) {
            LOG.warn("cannot read the free space of {}", folder, e);
            return false;
        }
    }

    private boolean volumeFull(long size) {
        freeCheckedAt += size;
        if (!volumeFull && freeCheckedAt < CHECK_FREE_EVERY_BYTES && freeCheckedAt >= 0) {
            return false;
        }
        freeCheckedAt = 0;
        volumeFull = isFull();
        return volumeFull;
    }

    /**
     * Settles what has expired and waits for a receiver that is away; looks again only after a while. Writer thread.
     */
    void dropExpired(long atMostEveryMillis) {
        var now = clock.millis();
        if (Math.abs(now - expiredAt) < atMostEveryMillis) {
            return;
        }
        expiredAt = now;
        try {
            var dropped = 0L;
            for (var queue : queues.values()) {
                for (var cursor : queue.cursors()) {
                    dropped += cursor.dropExpired(now);
                }
            }
            if (dropped > 0) {
                saveCursors(false);
            }
        } catch (IOException e) {
            LOG.warn("cannot look for expired messages", e);
        }
    }

    /** Records are on disk: they wait now. Writer thread. */
    void added(PriorityLog log, List<PriorityLog.Staged> done) {
        for (var staged : done) {
            for (var destination : staged.destinations()) {
                queue(destination.endpoint()).cursor(log.priority()).added(staged.sequence());
            }
        }
    }

    /** Wakes the endpoints of new records. Writer thread. */
    void announce(List<PriorityLog.Staged> done) {
        done.stream()
                .flatMap(staged -> staged.destinations().stream())
                .map(Destination::endpoint)
                .distinct()
                .forEach(endpoint -> queue(endpoint).available());
    }

    /** Saves the cursors that moved, then deletes the segments that nobody needs. Writer thread. */
    void saveCursors(boolean force) {
        try {
            for (var queue : queues.values()) {
                for (int priority = 0; priority < logs.size(); priority++) {
                    save(queue, priority);
                }
            }
            for (var log : logs) {
                if (log.hasMoved() || (force && log.mark().last() > 0)) {
                    save(LOG_MARK + log.priority(), log.mark().save());
                }
            }
            if (force) {
                journal.force();
            }
        } catch (IOException e) {
            LOG.error("the cursors could not be saved: after a crash messages may be sent again", e);
            renewJournal();
        }
        logs.forEach(this::reclaim);
    }

    private void reclaim(PriorityLog log) {
        var needed = queues.values().stream()
                .mapToLong(q -> q.cursor(log.priority()).needed())
                .min()
                .orElse(Long.MAX_VALUE);
        try {
            var mark = log.reclaimable(needed);
            if (mark.first() > log.mark().first()) {
                remember(log, mark);
                log.reclaim(mark);
            }
        } catch (IOException e) {
            LOG.warn("space of priority {} could not be given back", log.priority(), e);
        }
    }

    private void remember(PriorityLog log, LogMark mark) {
        try {
            save(LOG_MARK + log.priority(), mark.save());
            journal.force();
        } catch (IOException e) {
            LOG.error("the state journal could not be written", e);
            renewJournal();
        }
    }

    private void save(String key, byte[] value) throws IOException {
        if (!Arrays.equals(journal.get(key), value)) {
            journal.remember(key, value);
            journal.write(key, value);
        }
    }

    private void save(EndpointQueue queue, int priority) throws IOException {
        var key = CURSOR + priority + "/" + queue.endpoint();
        var state = queue.cursor(priority).save();
        var before = savedCursors.get(key);
        if (before == null && queue.cursor(priority).handledThrough() == 0) {
            return;
        }
        if (before == null || !Arrays.equals(before, state)) {
            journal.remember(key, state);
            journal.write(key, state);
            savedCursors.put(key, state);
        }
    }

    /** The journal failed: start a new file, wait for room to do so, or give up. Writer thread. */
    void renewJournal() {
        try {
            journal.replace();
        } catch (IOException e) {
            if (isFull()) {
                LOG.error("no room for the state journal in {}: what is done now may be done again after a crash", folder);
                return;
            }
            fail(new StoreException("the state journal in " + folder + " cannot be written", e));
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
