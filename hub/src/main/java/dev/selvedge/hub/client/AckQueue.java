package dev.selvedge.hub.client;

import java.util.ArrayDeque;

/**
 * The messages of one client that have not been settled, in the order they came: MQTT wants PUBACKs in that order, whatever order the store
 * answers in. Says when enough is pending that reading should pause. One thread.
 */
public final class AckQueue {
    /** Pending messages at which reading pauses; it goes on at half of it. */
    public static final int MAX_PENDING = 64;
    /** Pending bytes at which reading pauses; it goes on at half of it. */
    public static final int MAX_PENDING_BYTES = 512 * 1024;

    private final ArrayDeque<Slot> slots = new ArrayDeque<>();
    private int bytes;

    /**
     * A message came.
     *
     * @param acknowledge tells the client; does nothing for a message that wants no acknowledgement
     */
    public Slot open(int size, Runnable acknowledge) {
        var slot = new Slot(size, acknowledge);
        slots.add(slot);
        bytes += size;
        return slot;
    }

    /** The message is settled in another way than it was opened for. */
    public void settle(Slot slot, Runnable tell) {
        slot.acknowledge = tell;
        settle(slot);
    }

    /** The message is settled: acknowledges it, and those behind it that waited for it. */
    public void settle(Slot slot) {
        slot.settled = true;
        while (!slots.isEmpty() && slots.element().settled) {
            var first = slots.remove();
            bytes -= first.size;
            first.acknowledge.run();
        }
    }

    public boolean isEmpty() {
        return slots.isEmpty();
    }

    /** Whether reading should pause. */
    public boolean isFull() {
        return slots.size() >= MAX_PENDING || bytes >= MAX_PENDING_BYTES;
    }

    /** Whether reading may go on. */
    public boolean hasRoom() {
        return slots.size() <= MAX_PENDING / 2 && bytes <= MAX_PENDING_BYTES / 2;
    }

    /** One message that was received. */
    public static final class Slot {
        private final int size;
        private Runnable acknowledge;
        private boolean settled;

        private Slot(int size, Runnable acknowledge) {
            this.size = size;
            this.acknowledge = acknowledge;
        }
    }
}
