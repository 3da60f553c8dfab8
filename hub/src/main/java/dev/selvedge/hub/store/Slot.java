package dev.selvedge.hub.store;

import org.jspecify.annotations.Nullable;

/** A record that a cursor has read, and what became of it. Guarded by its cursor. */
final class Slot {
    final Part part;
    final long sequence;
    final long ordinal;
    final int source;
    /** Where in the file the record ends. */
    final long end;

    @Nullable
    Outcome outcome;

    /** Whether its outcome was known before its turn, and is kept by {@link SettledEarly} until the cursor has passed it. */
    boolean early;

    /** What becomes of a record. */
    sealed interface Outcome {}

    /** One that is counted in its own right. */
    enum Fate implements Outcome {
        DELIVERED,
        EXPIRED,
        QUARANTINED,
        /** No record: the rest of its part cannot be read. */
        UNREADABLE
    }

    /** Given up. */
    record Dropped(String reason) implements Outcome {}

    Slot(Part part, long sequence, long ordinal, int source, long end) {
        this.part = part;
        this.sequence = sequence;
        this.ordinal = ordinal;
        this.source = source;
        this.end = end;
    }

    /** Whether it stands for a record that still counts as waiting. */
    boolean isWaiting() {
        return outcome != Fate.UNREADABLE;
    }
}
