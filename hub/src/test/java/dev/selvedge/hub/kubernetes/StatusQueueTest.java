package dev.selvedge.hub.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.hub.twin.StatusSink.State;
import dev.selvedge.identity.Identity;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StatusQueueTest {
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");
    private static final Identity FILTER = Identity.module("edge-1", "filter");

    private final Map<Identity, String> names = new HashMap<>(Map.of(SENSOR, "sensor", FILTER, "filter"));
    private final List<String> written = new ArrayList<>();
    private @Nullable Runnable failure;
    private final StatusQueue queue = new StatusQueue(names::get, (name, state) -> {
        var fails = failure;
        failure = null;
        if (fails != null) {
            fails.run();
        }
        written.add(name + " " + state.reportedVersion());
    });

    @Test
    void writesTheNewestOfEachInTurn() {
        queue.changed(SENSOR, state(1));
        queue.changed(FILTER, state(1));
        queue.changed(SENSOR, state(2));

        writeAll();

        assertThat(written).containsExactly("sensor 2", "filter 1");
    }

    @Test
    void whatHasNoTwinYetHoldsUpNobody() {
        names.remove(SENSOR);
        queue.changed(SENSOR, state(1));
        queue.changed(FILTER, state(1));
        writeAll();
        names.put(SENSOR, "sensor");

        writeAll();

        assertThat(written).containsExactly("filter 1", "sensor 1");
    }

    /** Its kind is defined anew, say, and not served by every API server yet. */
    @Test
    void aTwinThatIsNotFoundAndKnownIsWrittenLater() {
        queue.changed(SENSOR, state(1));
        failure = StatusQueueTest::notFound;

        writeAll();

        assertThat(written).containsExactly("sensor 1");
    }

    @Test
    void aTwinThatIsGoneIsForgotten() {
        queue.changed(SENSOR, state(1));
        failure = () -> {
            names.remove(SENSOR);
            notFound();
        };
        writeAll();
        names.put(SENSOR, "sensor");

        writeAll();

        assertThat(written).isEmpty();
    }

    @Test
    void whateverIsThrownTheNextTurnComes() {
        for (var thrown : List.of(new IllegalStateException("on purpose"), new NoClassDefFoundError("on purpose"))) {
            queue.changed(SENSOR, state(1));
            failure = () -> fail(thrown);

            writeAll();
        }

        assertThat(written).containsExactly("sensor 1", "sensor 1");
    }

    @Test
    void whatFailedDoesNotTakeThePlaceOfWhatIsNewer() {
        queue.changed(SENSOR, state(1));
        failure = () -> {
            queue.changed(SENSOR, state(2));
            throw new KubernetesClientException("on purpose", 409, null);
        };

        writeAll();

        assertThat(written).containsExactly("sensor 2");
    }

    private void writeAll() {
        for (int i = 0; i < 3; i++) {
            queue.writeOne();
        }
    }

    private static void notFound() {
        throw new KubernetesClientException("the server could not find the requested resource", 404, null);
    }

    private static void fail(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    private static State state(long reportedVersion) {
        return new State("uid", JsonNodeFactory.instance.objectNode(), 1, reportedVersion, true, List.of());
    }
}
