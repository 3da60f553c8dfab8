package dev.selvedge.hub.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import dev.selvedge.hub.client.AckQueue.Slot;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AckQueueTest {
    private final List<Integer> acknowledged = new ArrayList<>();
    private final AckQueue queue = new AckQueue();

    @Property
    void acknowledgesInTheOrderOfArrivalWhateverOrderTheStoreAnswersIn(@ForAll Random random) {
        acknowledged.clear();
        var slots = new ArrayList<Slot>();
        IntStream.rangeClosed(1, 20).forEach(id -> slots.add(open(id, 10)));
        java.util.Collections.shuffle(slots, random);

        slots.forEach(queue::settle);

        assertThat(acknowledged)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void isFullByCountAndByBytes() {
        for (int i = 1; i < AckQueue.MAX_PENDING; i++) {
            open(i, 1);
        }
        assertThat(queue.isFull()).isFalse();
        open(AckQueue.MAX_PENDING, 1);
        assertThat(queue.isFull()).isTrue();

        var large = new AckQueue();
        var slot = large.open(AckQueue.MAX_PENDING_BYTES, () -> {});
        assertThat(large.isFull()).isTrue();
        assertThat(large.hasRoom()).isFalse();
        large.settle(slot);
        assertThat(large.hasRoom()).isTrue();
    }

    private Slot open(int id, int size) {
        return queue.open(size, () -> acknowledged.add(id));
    }
}
