package dev.selvedge.hub.desk;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.HeldRecord;
import dev.selvedge.hub.store.Inspection;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.QuarantinedRecord;
import dev.selvedge.hub.store.QueuedRecord;
import dev.selvedge.hub.store.StoreException;
import dev.selvedge.hub.store.StoreStats;
import org.jspecify.annotations.Nullable;

/** The desk of a store that this process has open. Closing the desk closes the store. */
public final class OpenStore implements StoreDesk {
    /** Bytes of payload on a page: little enough for a hub's heap. */
    private static final int PAGE_BYTES = 256 << 10;

    private final MessageStore store;
    private final InstantSource clock;

    public OpenStore(MessageStore store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Contents contents() throws IOException {
        var stats = store.stats();
        var queues = new ArrayList<Contents.Queue>();
        for (var queue : stats.queues()) {
            queues.add(queue(queue));
        }
        queues.sort(Comparator.comparing(Contents.Queue::endpoint).thenComparingInt(Contents.Queue::priority));
        return new Contents(
                stats.bytes(),
                stats.maxBytes() == Long.MAX_VALUE ? null : stats.maxBytes(),
                stats.lostRecords(),
                queues,
                quarantine());
    }

    private Contents.Queue queue(StoreStats.Queue stats) throws IOException {
        var queue = store.queue(stats.endpoint());
        var oldest = queue.oldestMillis(stats.priority());
        return new Contents.Queue(
                stats.endpoint(),
                stats.priority(),
                stats.queued(),
                queue.heldBytes(stats.priority()),
                oldest == 0 ? null : Instant.ofEpochMilli(oldest).toString(),
                stats.received(),
                stats.delivered(),
                stats.expired(),
                stats.dropped(),
                stats.quarantined());
    }

    private List<Contents.Quarantine> quarantine() {
        var byEndpoint = new TreeMap<String, List<QuarantinedRecord>>();
        store.quarantined()
                .forEach(record -> byEndpoint
                        .computeIfAbsent(record.endpoint(), _ -> new ArrayList<>())
                        .add(record));
        return byEndpoint.entrySet().stream()
                .map(entry -> quarantine(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Contents.Quarantine quarantine(String endpoint, List<QuarantinedRecord> records) {
        return new Contents.Quarantine(
                endpoint,
                records.size(),
                records.stream().mapToLong(QuarantinedRecord::bytes).sum(),
                Instant.ofEpochMilli(records.getFirst().quarantinedAtMillis()).toString(),
                records.getLast().reason());
    }

    @Override
    public Page page(String endpoint, Section section, @Nullable String after, int max) throws IOException {
        return switch (section) {
            case QUEUE -> queued(endpoint, Position.parse(after), max);
            case QUARANTINE -> quarantined(endpoint, Position.parse(after), max);
        };
    }

    private Page queued(String endpoint, Position after, int max) throws IOException {
        if (!store.endpoints().contains(endpoint)) {
            return new Page(List.of(), null);
        }
        var messages = new ArrayList<StoredMessage>();
        for (var priority = after.priority(); priority <= Destination.NO_PRIORITY; priority++) {
            var from = priority == after.priority() ? after.sequence() : 0;
            var records = store.queue(endpoint).peek(priority, from, max, PAGE_BYTES);
            records.forEach(record -> messages.add(message(endpoint, record)));
            if (!records.isEmpty()) {
                return new Page(
                        messages, new Position(priority, records.getLast().sequence()).toString());
            }
        }
        return new Page(messages, null);
    }

    private static StoredMessage message(String endpoint, QueuedRecord record) {
        var place = new StoredMessage.Place(
                endpoint,
                record.priority(),
                record.sequence(),
                record.storedAtMillis(),
                record.expiresAtMillis(),
                null,
                null);
        return StoredMessage.of(place, record.payload());
    }

    private Page quarantined(String endpoint, Position after, int max) throws IOException {
        var held = await(store.peekQuarantine(endpoint, after.sequence(), max, PAGE_BYTES));
        var messages = held.stream().map(OpenStore::message).toList();
        return new Page(
                messages, held.isEmpty() ? null : new Position(0, held.getLast().number()).toString());
    }

    private static StoredMessage message(HeldRecord held) {
        var record = held.record();
        var place = new StoredMessage.Place(
                record.endpoint(),
                record.priority(),
                record.sequence(),
                record.storedAtMillis(),
                held.expiresAtMillis(),
                record.quarantinedAtMillis(),
                record.reason());
        return StoredMessage.of(place, held.payload());
    }

    @Override
    public Imported store(List<StoredMessage> messages) throws IOException {
        var refused = new ArrayList<Refused>();
        var appended = messages.stream().map(this::append).toList();
        for (var index = 0; index < appended.size(); index++) {
            try {
                await(appended.get(index));
            } catch (StoreException e) {
                refused.add(new Refused(index, String.valueOf(e.getMessage())));
            }
        }
        return new Imported(messages.size() - refused.size(), refused);
    }

    private CompletableFuture<Void> append(@Nullable StoredMessage message) {
        if (message == null) {
            return CompletableFuture.failedFuture(new StoreException("it is no message: null"));
        }
        try {
            return store.restore(message.sender(), message.payload(), List.of(message.destination(clock.millis())));
        } catch (IllegalArgumentException e) {
            return CompletableFuture.failedFuture(new StoreException(String.valueOf(e.getMessage())));
        }
    }

    @Override
    public Inspection inspect() throws IOException {
        return store.inspect();
    }

    @Override
    public long purge(String endpoint, Section section) throws IOException {
        if (section == Section.QUARANTINE) {
            return await(store.purgeQuarantine(endpoint));
        }
        return store.endpoints().contains(endpoint) ? await(store.purge(endpoint)) : 0;
    }

    @Override
    public long release(String endpoint) throws IOException {
        return await(store.release(endpoint));
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StoreException known ? known : new StoreException("it was not done", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException("it was interrupted", e);
        }
    }

    @Override
    public void close() throws StoreException {
        store.close();
    }

    /** The last message of a page: {@code priority-sequence}; in quarantine 0 and its number there. */
    private record Position(int priority, long sequence) {
        static Position parse(@Nullable String text) {
            if (text == null) {
                return new Position(0, 0);
            }
            var dash = text.indexOf('-');
            try {
                return new Position(
                        Integer.parseInt(text.substring(0, Math.max(0, dash))),
                        Long.parseLong(text.substring(dash + 1)));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + text + "' is not where a page ended", e);
            }
        }

        @Override
        public String toString() {
            return priority + "-" + sequence;
        }
    }
}
