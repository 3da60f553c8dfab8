package dev.selvedge.hub.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import dev.selvedge.hub.process.Cutter.Cut;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Pictures, so to speak: as many as the heap of the image has no room for wait for receivers that take their time. */
@Tag("process")
class LargeMessagesTest {
    private static final List<String> MODULES = List.of("a", "b", "c", "d");
    private static final int BYTES = 250 << 10;
    private static final int MESSAGES = 200;
    private static final int SINKS = 16;
    private static final int INPUTS = 4;
    private static final int EACH = 3;

    @TempDir
    private Path folder;

    @Test
    void allArriveThoughTheBrokerReadsThemAndAnswersNothingForAWhile() throws Exception {
        var nobody = "mqtt://127.0.0.1:" + Mosquitto.freePort();
        try (var broker = new Mosquitto(folder.resolve("broker"));
                var link = new Cutter(broker.port());
                var ledger = new Ledger(broker.port());
                var hub = new HubProcess(folder, manifests(nobody), List.of());
                var sources = Publishers.start(hub, MODULES, BYTES, MESSAGES)) {
            await(() -> sources.acknowledged() >= MESSAGES);
            sources.stop();
            link.cut(Cut.SILENCE, 0);

            hub.manifests(manifests("mqtt://127.0.0.1:" + link.port()));

            await(() -> sources.arrived(ledger) >= sources.acknowledged() || outOfMemory(hub));
            assertThat(outOfMemory(hub)).as("out of memory").isFalse();
            sources.assertArrived(ledger, hub);
            assertThat(link.cuts()).isEqualTo(1);
        }
    }

    @Test
    void allArriveThoughEachOfManyInputsTakesOneAndAnswersNothingForAWhile() throws Exception {
        var nobody = "mqtt://127.0.0.1:" + Mosquitto.freePort();
        try (var hub = new HubProcess(folder, manifests(nobody) + sinks(), List.of());
                var source = new Publisher(hub, MODULES.getFirst(), BYTES, MESSAGES).start();
                var sinks = new Sinks(hub)) {
            await(() -> source.acknowledged() >= EACH);
            source.stop();

            sinks.listen();

            await(() -> sinks.arrived() >= SINKS || outOfMemory(hub));
            assertThat(outOfMemory(hub)).as("out of memory").isFalse();
            sinks.answer();
            await(() -> sinks.arrived() >= SINKS * INPUTS * EACH || outOfMemory(hub));
            assertThat(outOfMemory(hub)).as("out of memory").isFalse();
        }
    }

    private static String sinks() {
        var manifests = new StringBuilder();
        for (var sink = 0; sink < SINKS; sink++) {
            manifests.append("""
                    ---
                    apiVersion: selvedge.dev/v1alpha1
                    kind: EdgeModule
                    metadata: {name: sink%d}
                    spec:
                      image: none
                      routes:
                    """.formatted(sink));
            for (var input = 0; input < INPUTS; input++) {
                manifests.append(
                        "    in%d: {route: FROM /messages/* INTO BrokeredEndpoint(\"/modules/sink%d/inputs/in%d\")}\n"
                                .formatted(input, sink, input));
            }
        }
        return manifests.toString();
    }

    /** Modules that acknowledge nothing until they are told to. */
    private static final class Sinks implements AutoCloseable {
        private final HubProcess hub;
        private final List<Mqtt3AsyncClient> clients = new ArrayList<>();
        private final List<Mqtt3Publish> unanswered = new ArrayList<>();
        private boolean answers;
        private int arrived;

        Sinks(HubProcess hub) {
            this.hub = hub;
        }

        void listen() throws Exception {
            for (var sink = 0; sink < SINKS; sink++) {
                var connection = hub.connection("sink" + sink);
                var client = Publisher.client(hub, connection);
                clients.add(client);
                Publisher.connect(client, connection);
                client.subscribeWith()
                        .topicFilter("devices/" + HubProcess.DEVICE + "/modules/sink" + sink + "/inputs/#")
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .callback(this::take)
                        .manualAcknowledgement(true)
                        .send()
                        .get(60, TimeUnit.SECONDS);
            }
        }

        private synchronized void take(Mqtt3Publish publish) {
            arrived++;
            if (answers) {
                publish.acknowledge();
            } else {
                unanswered.add(publish);
            }
        }

        synchronized void answer() {
            answers = true;
            unanswered.forEach(Mqtt3Publish::acknowledge);
        }

        synchronized int arrived() {
            return arrived;
        }

        @Override
        public void close() {
            clients.forEach(
                    client -> client.disconnect().exceptionally(_ -> null).join());
        }
    }

    /** With the flags of the image it ends then, and says so. */
    private static boolean outOfMemory(HubProcess hub) {
        return hub.log().stream().anyMatch(line -> line.contains("OutOfMemoryError"));
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofMinutes(2)).until(condition);
    }

    private static String manifests(String upstream) {
        return new UplinkSite(UplinkSite.broker(upstream), MODULES).manifests();
    }
}
