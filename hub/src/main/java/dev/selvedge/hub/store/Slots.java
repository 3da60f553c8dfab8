package dev.selvedge.hub.store;

import java.util.ArrayList;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/** Slots in the order of their sequences: taken off at the head, found by sequence in logarithmic time. Guarded by its cursor. */
final class Slots {
    private final ArrayList<Slot> slots = new ArrayList<>();
    private int head;

    void add(Slot slot) {
        slots.add(slot);
    }

    @Nullable
    Slot first() {
        return isEmpty() ? null : slots.get(head);
    }

    @Nullable
    Slot last() {
        return isEmpty() ? null : slots.getLast();
    }

    /** Takes the first one off. */
    Slot remove() {
        var slot = slots.get(head++);
        if (head == slots.size()) {
            clear();
        } else if (head >= 64 && head > slots.size() / 2) {
            slots.subList(0, head).clear();
            head = 0;
        }
        return slot;
    }

    @Nullable
    Slot find(long sequence) {
        var low = head;
        var high = slots.size() - 1;
        while (low <= high) {
            // what is answered is mostly the oldest
            var middle = slots.get(low).sequence == sequence ? low : (low + high) >>> 1;
            var slot = slots.get(middle);
            if (slot.sequence == sequence) {
                return slot;
            }
            if (slot.sequence < sequence) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    /** Whether nobody has said yet what became of one of this source. */
    boolean anyOpen(int source) {
        return slots.subList(head, slots.size()).stream()
                .anyMatch(slot -> slot.source == source && slot.outcome == null);
    }

    boolean isEmpty() {
        return head == slots.size();
    }

    void clear() {
        slots.clear();
        head = 0;
    }

    void forEach(Consumer<Slot> action) {
        slots.subList(head, slots.size()).forEach(action);
    }
}
