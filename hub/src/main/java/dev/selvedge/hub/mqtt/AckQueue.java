package dev.selvedge.hub.mqtt;

import java.util.ArrayDeque;
import java.util.function.IntConsumer;

/**
 * The publishes of one client that have not been settled, in the order they came: MQTT wants PUBACKs in that order, whatever order the store
 * answers in. Says when enough is pending that reading should pause. One thread.
 */
final class AckQueue {
    /** Pending publishes at which reading pauses; it goes on at half of it. */
    static final int MAX_PENDING = 64;
    /** Pending bytes at which reading pauses; it goes on at half of it. */
    static final int MAX_PENDING_BYTES = 512 * 1024;

    private static final int NO_ACK = 0;

    private final ArrayDeque<Slot> slots = new ArrayDeque<>();
    private final IntConsumer acknowledge;
    private int bytes;

    /** @param acknowledge sends the PUBACK of a packet id */
    AckQueue(IntConsumer acknowledge) {
        this.acknowledge = acknowledge;
    }

    /** A publish came; packet id 0 is one that wants no PUBACK. */
    Slot open(int packetId, int size) {
        var slot = new Slot(packetId, size);
        slots.add(slot);
        bytes += size;
        return slot;
    }

    /** The publish is settled: acknowledges it, and those behind it that waited for it. */
    void settle(Slot slot) {
        slot.settled = true;
        while (!slots.isEmpty() && slots.element().settled) {
            var first = slots.remove();
            bytes -= first.size;
            if (first.packetId != NO_ACK) {
                acknowledge.accept(first.packetId);
            }
        }
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** Whether reading should pause. */
    boolean isFull() {
        return slots.size() >= MAX_PENDING || bytes >= MAX_PENDING_BYTES;
    }

    /** Whether reading may go on. */
    boolean hasRoom() {
        return slots.size() <= MAX_PENDING / 2 && bytes <= MAX_PENDING_BYTES / 2;
    }

    /** One publish that was received. */
    static final class Slot {
        private final int packetId;
        private final int size;
        private boolean settled;

        private Slot(int packetId, int size) {
            this.packetId = packetId;
            this.size = size;
        }
    }
}
