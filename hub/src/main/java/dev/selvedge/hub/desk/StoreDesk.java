package dev.selvedge.hub.desk;

import java.io.IOException;
import java.util.List;

import dev.selvedge.hub.store.Inspection;
import org.jspecify.annotations.Nullable;

/** What can be asked of a store, here or at a running hub. One thread. */
public interface StoreDesk extends AutoCloseable {
    /** What is in the store, in numbers. */
    Contents contents() throws IOException;

    /**
     * The next messages of an endpoint, none of which is taken.
     *
     * @param after {@link Page#next} of the page before; null for the first
     * @param max most messages; there are fewer when they are long
     */
    Page page(String endpoint, Section section, @Nullable String after, int max) throws IOException;

    /** Stores messages behind what waits; returns when those that were taken are on disk. */
    Imported store(List<StoredMessage> messages) throws IOException;

    /** Reads every record. */
    Inspection inspect() throws IOException;

    /** Drops what waits for an endpoint, or what is in quarantine for it; how many that were. */
    long purge(String endpoint, Section section) throws IOException;

    /** Lets what is in quarantine for an endpoint wait again, behind what waits; how many that were. */
    long release(String endpoint) throws IOException;

    @Override
    void close() throws IOException;

    /** The two places where a message of an endpoint may be. */
    enum Section {
        QUEUE,
        QUARANTINE
    }

    /**
     * Some messages in order.
     *
     * @param next where to go on; null at the end
     */
    record Page(List<StoredMessage> messages, @Nullable String next) {}

    /** What became of messages that were to be stored. */
    record Imported(int stored, List<Refused> refused) {}

    /**
     * One that was not stored.
     *
     * @param index its place in the list, from 0
     */
    record Refused(int index, String reason) {}
}
