package dev.selvedge.hub.mqtt;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import dev.selvedge.hub.mqtt.AckQueue.Slot;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AckQueueTest {
    private final List<Integer> acknowledged = new ArrayList<>();
    private final AckQueue queue = new AckQueue(acknowledged::add);

    @Property
    void acknowledgesInTheOrderOfArrivalWhateverOrderTheStoreAnswersIn(@ForAll Random random) {
        acknowledged.clear();
        var slots = new ArrayList<Slot>();
        IntStream.rangeClosed(1, 20).forEach(id -> slots.add(queue.open(id, 10)));
        java.util.Collections.shuffle(slots, random);

        slots.forEach(queue::settle);

        assertThat(acknowledged)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void aPublishThatWantsNoAcknowledgementGetsNone() {
        queue.settle(queue.open(0, 10));

        assertThat(acknowledged).isEmpty();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void isFullByCountAndByBytes() {
        for (int i = 1; i < AckQueue.MAX_PENDING; i++) {
            queue.open(i, 1);
        }
        assertThat(queue.isFull()).isFalse();
        queue.open(AckQueue.MAX_PENDING, 1);
        assertThat(queue.isFull()).isTrue();

        var large = new AckQueue(acknowledged::add);
        var slot = large.open(1, AckQueue.MAX_PENDING_BYTES);
        assertThat(large.isFull()).isTrue();
        assertThat(large.hasRoom()).isFalse();
        large.settle(slot);
        assertThat(large.hasRoom()).isTrue();
    }
}
