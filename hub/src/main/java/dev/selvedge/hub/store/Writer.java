package dev.selvedge.hub.store;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes whatever has arrived, writes it, forces each file once, and only then completes the futures: while one
 * force runs the next batch gathers. Before it forces again it gives those time to come back whom it has just answered.
 */
final class Writer {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    private static final int BATCH_RECORDS = 4096;
    private static final int BATCH_BYTES = 1 << 20;
    /** With the wait for something to do, which may come on top, what a crash turns back is at most ten seconds. */
    private static final long TICK_EVERY_MILLIS = 9_000;

    private static final long WAIT_MILLIS = 1_000;

    /** Half a sync. */
    private static final int PATIENCE = 2;

    private static final long LONGEST_PATIENCE_NANOS = 5_000_000;
    private static final long SHORTEST_PAUSE_NANOS = 60_000;
    private static final int LOOKS = 8;

    private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
    private final AtomicBoolean progressPending = new AtomicBoolean();
    private final InstantSource clock;
    private final MessageStore store;
    private final Thread thread;
    private volatile boolean closed;
    private final LongAdder syncs = new LongAdder();
    private final LongAdder syncNanos = new LongAdder();
    private long lastSyncNanos;
    /** How many tasks will be here when all have come back that the last batch has answered. */
    private int expected;

    /** What the writer can be asked to do. */
    sealed interface Task {}

    /**
     * Store a record.
     *
     * @param mayDisplace whether others may be dropped for it, as the policy says
     */
    record Append(
            int source,
            byte[] payload,
            List<Destination> destinations,
            boolean mayDisplace,
            CompletableFuture<Void> done)
            implements Task {
        /** A bit for each priority. */
        int priorities() {
            var bits = 0;
            for (var destination : destinations) {
                bits |= 1 << destination.priority();
            }
            return bits;
        }

        /** What it takes on disk, at most. */
        long size() {
            return (payload.length + 64L) * Integer.bitCount(priorities()) + 256L * destinations.size();
        }
    }

    /** Save a key of the state journal; a null value removes it. */
    record Save(String key, byte @Nullable [] value, CompletableFuture<Void> done) implements Task {}

    /** Do something that only this thread may. */
    record Job<T>(Callable<T> work, CompletableFuture<T> done) implements Task {
        void run() {
            try {
                done.complete(work.call());
            } catch (IOException e) {
                done.completeExceptionally(new StoreException("it was not done", e));
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        }
    }

    /** Save the cursors and give disk back. */
    record Progress() implements Task {}

    /** Finish and end. */
    record Stop() implements Task {}

    Writer(MessageStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
        thread = Thread.ofPlatform().name("selvedge-store").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    CompletableFuture<Void> append(int source, byte[] payload, List<Destination> destinations, boolean mayDisplace) {
        var done = new CompletableFuture<Void>();
        submit(new Append(source, payload, destinations, mayDisplace, done), done);
        return done;
    }

    CompletableFuture<Void> save(String key, byte @Nullable [] value) {
        var done = new CompletableFuture<Void>();
        submit(new Save(key, value, done), done);
        return done;
    }

    <T> CompletableFuture<T> ask(Callable<T> work) {
        var done = new CompletableFuture<T>();
        submit(new Job<>(work, done), done);
        return done;
    }

    /** A cursor moved. Saved soon, not forced: at worst a message is sent twice. */
    void progressed() {
        if (progressPending.compareAndSet(false, true)) {
            tasks.add(new Progress());
        }
    }

    private void submit(Task task, CompletableFuture<?> done) {
        tasks.add(task);
        if (closed) {
            done.completeExceptionally(new StoreException("the store is closed"));
        }
    }

    /** Finishes what was asked and ends the thread. */
    void stop() throws InterruptedException {
        tasks.add(new Stop());
        thread.join();
    }

    long syncs() {
        return syncs.sum();
    }

    long syncNanos() {
        return syncNanos.sum();
    }

    private void run() {
        var batch = new ArrayList<Task>();
        try {
            while (!closed) {
                var first = tasks.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    awaitCrowd();
                    gather(batch);
                    write(batch);
                    expected = tasks.size() + appends(batch);
                    batch.clear();
                }
                store.tick(TICK_EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("the store's writer failed; nothing more is accepted", e);
            store.fail(new StoreException("the store's writer failed", e));
        } finally {
            closed = true;
            tasks.drainTo(batch);
            refuse(batch);
        }
    }

    /**
     * Without this, clients that wait for their answers fall into two crowds that take turns, each with half of what one sync could carry. Waits
     * until as many more are here as were answered, but no longer than half of what the last sync took, and not at all where that is not worth a
     * pause.
     */
    private void awaitCrowd() {
        var patience = Math.min(lastSyncNanos / PATIENCE, LONGEST_PATIENCE_NANOS);
        if (patience < SHORTEST_PAUSE_NANOS) {
            return;
        }
        var end = System.nanoTime() + patience;
        while (tasks.size() + 1 < expected && System.nanoTime() < end) {
            LockSupport.parkNanos(Math.max(SHORTEST_PAUSE_NANOS, patience / LOOKS));
        }
    }

    private static int appends(List<Task> batch) {
        return (int) batch.stream().filter(Append.class::isInstance).count();
    }

    private void gather(List<Task> batch) {
        var bytes = bytes(batch.getFirst());
        while (batch.size() < BATCH_RECORDS && bytes < BATCH_BYTES) {
            var next = tasks.poll();
            if (next == null) {
                return;
            }
            batch.add(next);
            bytes += bytes(next);
        }
    }

    private static int bytes(Task task) {
        return task instanceof Append append ? append.payload().length : 0;
    }

    private void write(List<Task> batch) {
        if (batch.stream().anyMatch(Progress.class::isInstance)) {
            progressPending.set(false);
            store.saveCursors(false);
        }
        var saves = new ArrayList<Save>();
        for (var task : batch) {
            switch (task) {
                case Append append -> stage(append);
                case Save save -> saves.add(save);
                case Job<?> job -> job.run();
                case Progress _ -> {}
                case Stop _ -> closed = true;
            }
        }
        save(saves);
        commit();
        if (closed) {
            store.saveCursors(true);
        }
    }

    /** Puts a record into the batch, or fails it. */
    void stage(Append append) {
        var refused = store.refusal(append);
        if (refused != null) {
            append.done().completeExceptionally(refused);
            return;
        }
        var now = clock.millis();
        for (var left = append.priorities(); left != 0; left &= left - 1) {
            stage(append, store.logs().get(Integer.numberOfTrailingZeros(left)), now);
        }
    }

    private void stage(Append append, PriorityLog log, long now) {
        var targets = new ArrayList<RecordFormat.Target>(append.destinations().size());
        for (var destination : append.destinations()) {
            if (destination.priority() == log.priority()) {
                var cursor = store.queue(destination.endpoint()).cursor(log.priority());
                targets.add(new RecordFormat.Target(cursor, cursor.issue(), destination.expiresAtMillis()));
            }
        }
        try {
            log.stage(targets, append, now);
        } catch (IOException e) {
            targets.forEach(target -> target.cursor().takeBack());
            abandon(log, e);
            append.done().completeExceptionally(new StoreException("the message was not stored", e));
        }
    }

    /** Makes what was staged durable. A message with destinations in several logs is stored when all of them are on disk. */
    void commit() {
        var done = new ArrayList<PriorityLog.Staged>();
        for (var log : store.logs()) {
            if (log.hasStaged()) {
                done.addAll(commit(log));
            }
        }
        store.room().settled();
        done.forEach(staged -> staged.append().done().complete(null));
        store.announce(done);
    }

    private List<PriorityLog.Staged> commit(PriorityLog log) {
        try {
            var before = System.nanoTime();
            var done = log.commit();
            syncs.increment();
            lastSyncNanos = System.nanoTime() - before;
            syncNanos.add(lastSyncNanos);
            return done;
        } catch (IOException e) {
            abandon(log, e);
            return List.of();
        }
    }

    private void abandon(PriorityLog log, IOException cause) {
        LOG.error("messages of priority {} could not be written and were not acknowledged", log.priority(), cause);
        var failure = new StoreException("the message was not stored", cause);
        log.abandon().forEach(staged -> staged.append().done().completeExceptionally(failure));
    }

    private void save(List<Save> saves) {
        if (saves.isEmpty()) {
            return;
        }
        try {
            for (var save : saves) {
                store.journal().write(save.key(), save.value());
            }
            store.journal().force();
        } catch (IOException e) {
            LOG.error("the state journal could not be written", e);
            if (!store.renewJournal() || store.journal().isDoubtful()) {
                var failure = new StoreException("the state was not saved", e);
                saves.forEach(save -> save.done().completeExceptionally(failure));
                return;
            }
        }
        saves.forEach(save -> save.done().complete(null));
    }

    private static void refuse(List<Task> tasks) {
        var closed = new StoreException("the store is closed");
        for (var task : tasks) {
            switch (task) {
                case Append append -> append.done().completeExceptionally(closed);
                case Save save -> save.done().completeExceptionally(closed);
                case Job<?> job -> job.done().completeExceptionally(closed);
                case Progress _, Stop _ -> {}
            }
        }
    }
}
