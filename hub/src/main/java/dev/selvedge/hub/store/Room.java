package dev.selvedge.hub.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is room for a record, and who gives way when there is not. Disk comes back by the segment only, so what gives way is the oldest
 * segment of a log, whole: every queue that still waits for something in it settles that as dropped, reason {@value #FULL}.
 *
 * <p>The order in which that becomes durable matters. First the cursors move past the segment, and their new positions and counters are forced to
 * the journal, in one entry each; then the segment is unlinked; only then is the new record written and, once it is on disk, acknowledged. A crash
 * before the force leaves everything as it was: nothing dropped, nothing counted, the new record not acknowledged. A crash between force and unlink
 * leaves a segment that nobody needs, which the next start deletes; its records were counted once and are not read again, since the cursors are
 * behind them. The other order could delete records that a cursor, after a power cut, still points at: they would be missed as damaged although
 * they were dropped, or, worse, delivered.
 *
 * <p>The volume may be short of space that others take, and then giving up everything would not help. So below the floor the store takes no more
 * than it gave back: it stays as large as it is. Where others leave no byte, not even for the journal, and the zeros ahead of the logs do not make
 * room for it either, the order above cannot be kept: then the segment goes first, and the journal is written with what that gave back. Killed
 * between the two, the next start counts as damaged what was delivered or dropped before.
 *
 * <p>Writer thread; limits may be set from any.
 */
final class Room {
    static final String FULL = "full";

    private static final Logger LOG = LoggerFactory.getLogger(Room.class);
    /** Tenths of the room that may be taken before it is tight. */
    private static final int TIGHT = 8;

    private static final long CHECK_VOLUME_EVERY_BYTES = 4 << 20;

    private final Disk disk;
    private final Path folder;
    private final long floor;
    private final MessageStore store;
    private volatile long maxBytes;
    private volatile WhenFull whenFull = WhenFull.REJECT_NEW;
    private volatile boolean volumeLow;
    private long staged;
    private long unchecked = CHECK_VOLUME_EVERY_BYTES;
    private long givenBack;

    Room(MessageStore store, Disk disk, Path folder, StoreOptions options) {
        this.store = store;
        this.disk = disk;
        this.folder = folder;
        maxBytes = options.maxBytes();
        floor = options.freeBytesFloor();
    }

    void maxBytes(long bytes) {
        maxBytes = bytes;
    }

    long maxBytes() {
        return maxBytes;
    }

    void whenFull(WhenFull policy) {
        whenFull = policy;
    }

    boolean volumeLow() {
        return volumeLow;
    }

    /** Whether so little is left that disk should come back before all else. Any thread. */
    boolean isTight() {
        return volumeLow || store.bytes() / TIGHT * 10 > maxBytes;
    }

    /** What was staged is on disk, or given up. */
    void settled() {
        staged = 0;
    }

    /** Whether so many bytes have room as things are. */
    boolean has(long size) {
        return store.bytes() + staged + size <= maxBytes && volumeHas(size);
    }

    /** So many bytes are going to be written. */
    void take(long size) {
        staged += size;
        unchecked += size;
        givenBack = Math.max(0, givenBack - size);
    }

    /**
     * Makes room for a record of a priority. Why there is none, or null. Nothing may be staged.
     *
     * @param mayDisplace whether others may be dropped for it, as the policy says
     */
    @Nullable
    StoreFullException make(long size, int priority, boolean mayDisplace) {
        store.dropExpired();
        store.giveBack();
        while (!has(size)) {
            var log = mayDisplace ? victim(priority) : null;
            if (log == null) {
                return refusal(size);
            }
            var before = store.bytes();
            if (!store.giveUpOldest(log)) {
                return refusal(size);
            }
            givenBack += before - store.bytes();
        }
        return null;
    }

    /** The log whose oldest segment gives way, or null. */
    private @Nullable PriorityLog victim(int priority) {
        return switch (whenFull) {
            case REJECT_NEW -> null;
            case DROP_OLDEST ->
                holding(store.logs()).min(Comparator.comparingLong(Room::age)).orElse(null);
            case DROP_LOWEST_PRIORITY ->
                holding(store.logs())
                        .filter(log -> log.priority() >= priority)
                        .max(Comparator.comparingInt(PriorityLog::priority))
                        .orElse(null);
        };
    }

    private static Stream<PriorityLog> holding(List<PriorityLog> logs) {
        return logs.stream().filter(log -> log.oldest() != null);
    }

    private static long age(PriorityLog log) {
        return Objects.requireNonNull(log.oldest()).storedFrom();
    }

    private StoreFullException refusal(long size) {
        return store.bytes() + size > maxBytes
                ? new StoreFullException("the store is full: " + store.bytes() + " of " + maxBytes + " bytes are taken")
                : new StoreFullException("the volume of " + folder + " has less than " + floor + " bytes left");
    }

    private boolean volumeHas(long size) {
        if (volumeLow || unchecked >= CHECK_VOLUME_EVERY_BYTES) {
            check();
        }
        return !volumeLow || givenBack >= size;
    }

    private void check() {
        unchecked = 0;
        volumeLow = isLow();
        if (!volumeLow) {
            givenBack = 0;
        }
    }

    /** How many bytes the store would have if it took all that the volume has, but for what it leaves free. Any thread. */
    long volumeBytes() {
        try {
            var free = Math.max(0, disk.usableBytes(folder) - floor);
            return free > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : store.bytes() + free;
        } catch (IOException e) {
            LOG.warn("cannot read the free space of {}", folder, e);
            return Long.MAX_VALUE;
        }
    }

    /** Whether the volume has less room than the store leaves free. */
    boolean isLow() {
        try {
            return disk.usableBytes(folder) < floor;
        } catch (IOException e) {
            LOG.warn("cannot read the free space of {}", folder, e);
            return volumeLow;
        }
    }
}
