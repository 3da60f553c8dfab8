package dev.selvedge.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.selvedge.api.v1alpha1.StoreAndForward.WhenFull;
import dev.selvedge.hub.store.Destination;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.plan.HubConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** What the store does of a configuration. */
class LifecycleTest {
    private static final int URGENT = 1;
    private static final int IDLE = 9;
    private static final int MAX_BYTES = 256 << 10;

    @TempDir
    private Path folder;

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private MessageStore store;

    @BeforeEach
    void open() throws Exception {
        store = MessageStore.open(folder, "edge-1", new StoreOptions(1 << 20, 16 << 10, 0), () -> now);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private void obey(int backlogShare, WhenFull whenFull) {
        Lifecycle.obey(new HubConfiguration(Map.of(), 0, MAX_BYTES, whenFull, backlogShare, null), store);
    }

    private void append(String source, int priority, int bytes) throws Exception {
        var payload = (source + " ".repeat(bytes)).getBytes(UTF_8);
        store.append(source, payload, List.of(new Destination("e", priority, Long.MAX_VALUE)))
                .get();
    }

    @ParameterizedTest
    @CsvSource({"100, chatty", "1, alarm"})
    void sharesADrainAsConfigured(int backlogShare, String most) throws Exception {
        obey(backlogShare, WhenFull.RejectNew);
        for (var number = 0; number < 20; number++) {
            append("chatty", URGENT, 1);
        }
        store.queue("e").begin();
        for (var number = 0; number < 20; number++) {
            append("alarm", URGENT, 1);
        }

        var drained = store.queue("e").poll(10, 1 << 20).stream()
                .map(record -> new String(record.payload(), UTF_8).strip())
                .toList();

        assertThat(drained).filteredOn(most::equals).hasSizeGreaterThanOrEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({"DropOldest, 1", "DropLowestPriority, 9"})
    void dropsAsConfigured(WhenFull whenFull, int dropped) throws Exception {
        obey(30, whenFull);
        fillUrgentFirst();

        assertThat(store.stats().queues())
                .filteredOn(queue -> queue.dropped().containsKey("full"))
                .extracting(queue -> queue.priority())
                .containsExactly(dropped);
    }

    @Test
    void takesNoMoreBytesThanConfigured() {
        obey(30, WhenFull.RejectNew);

        assertThat(store.stats().maxBytes()).isEqualTo(MAX_BYTES);
    }

    /** One message more than there is room for; the urgent ones are older. */
    private void fillUrgentFirst() throws Exception {
        var messages = MAX_BYTES / 1024;
        for (var number = 0; number < messages; number++) {
            now = now.plusSeconds(1);
            append("s", number < messages / 2 ? URGENT : IDLE, 1024);
        }
    }
}
