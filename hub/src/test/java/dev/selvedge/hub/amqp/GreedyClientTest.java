package dev.selvedge.hub.amqp;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;

import dev.selvedge.hub.RunningHub;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.engine.EndpointState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import static dev.selvedge.hub.RunningHub.SENSOR;
import static dev.selvedge.hub.amqp.AmqpClient.message;
import static dev.selvedge.hub.amqp.AmqpClient.twin;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** However a client sends: the hub keeps little for it. */
@Execution(ExecutionMode.CONCURRENT)
class GreedyClientTest {
    private static final byte[] SMALL = Sections.encode(message(new byte[1]));
    private static final byte[] ALMOST_WHOLE = new byte[900 * 1024];

    @TempDir
    Path folder;

    private RunningHub hub;
    private RawAmqpClient client;

    @BeforeEach
    void start() throws Exception {
        hub = new RunningHub(folder).provisioned();
        client = new RawAmqpClient(hub, SENSOR);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        hub.close();
    }

    @Test
    void mayNotBeginManyLargeDeliveriesAtOnce() throws Exception {
        for (int i = 0; i < 4; i++) {
            client.begin(client.events("begun" + i), ALMOST_WHOLE);
        }
        var last = client.events("last");
        client.begin(last, ALMOST_WHOLE);

        client.until(() -> last.getRemoteState() == EndpointState.CLOSED);
        assertThat((Object) last.getRemoteCondition().getCondition()).isEqualTo(AmqpException.LIMIT);
        var next = client.send(client.events("next"), 0, SMALL);
        client.until(next::remotelySettled);
        assertThat(next.getRemoteState()).isInstanceOf(Accepted.class);
    }

    /** C's SDK puts all that waits into one, as far as the size goes that it was told, which it miscounts. */
    @Test
    void mayPutAnyNumberOfMessagesIntoWhatItWasTold() throws Exception {
        var events = client.events("events");
        var small = 30;
        var count = (int) (events.getRemoteMaxMessageSize().longValue() - 1024) / small;

        var batch = client.send(events, Sections.BATCH, batchOf(count, small));
        client.until(batch::remotelySettled);

        assertThat(batch.getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(hub.intake.messages).hasSize(count);
    }

    @Test
    void hasManyMessagesStoredAFewAtATimeAndInOrder() throws Exception {
        hub.intake.hold = true;
        var events = client.events("events");
        var many = client.send(events, Sections.BATCH, batchOf(Incoming.AT_ONCE + 1));
        var next = client.send(events, 0, Sections.encode(message(new byte[] {7})));
        client.speak();

        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() >= Incoming.AT_ONCE);
        await().during(Duration.ofMillis(300)).until(() -> hub.intake.messages.size() == Incoming.AT_ONCE);
        assertThat(many.remotelySettled()).isFalse();

        hub.intake.hold = false;
        hub.intake.held.forEach(done -> done.complete(null));
        client.until(next::remotelySettled);
        assertThat(many.getRemoteState()).isInstanceOf(Accepted.class);
        assertThat(hub.intake.messages).hasSize(Incoming.AT_ONCE + 2);
        assertThat(hub.intake.messages.getLast().body()).containsExactly(7);
    }

    @Test
    void hasNothingStoredOfABatchWhoseLastMessageIsBroken() throws Exception {
        var events = client.events("events");
        var broken = new ByteArrayOutputStream();
        broken.writeBytes(batchOf(Incoming.AT_ONCE));
        broken.writeBytes(Sections.encode(message(new byte[] {1, 2, 3})));

        var batch = client.send(events, Sections.BATCH, broken.toByteArray());
        client.until(batch::remotelySettled);

        assertThat(batch.getRemoteState()).isInstanceOf(Rejected.class);
        assertThat(hub.intake.messages).isEmpty();
    }

    @Test
    void isHeldBackBySmallMessagesOfBatchesToo() throws Exception {
        hub.intake.hold = true;
        var events = client.events("events");
        for (int i = 0; i < 20; i++) {
            client.send(events, Sections.BATCH, batchOf(Incoming.AT_ONCE));
        }
        client.speak();

        await().atMost(RunningHub.soon()).until(() -> hub.intake.messages.size() >= Incoming.AT_ONCE);
        await().during(Duration.ofSeconds(1))
                .atMost(RunningHub.soon())
                .until(() -> hub.intake.messages.size() <= 3 * Incoming.AT_ONCE);
    }

    @Test
    void isSentAwayWhenAllItsSessionsTogetherTakeTooLittle() throws Exception {
        hub.desired(SENSOR, 3, "{\"large\":\"" + "x".repeat(100 * 1024) + "\"}");
        var requests = client.sender("requests", "/twin");
        var get = Sections.encode(twin("GET", null, ""));
        client.receiveNothing("first", "/twin");
        var twinsOf2Mib = 20;
        for (int i = 1; i < twinsOf2Mib; i++) {
            client.send(requests, 0, get);
        }
        var last = client.send(requests, 0, get);
        client.until(last::remotelySettled);
        assertThat(client.isSentAway()).isFalse();

        client.receiveNothing("second", "/twin");
        for (int i = 0; i <= twinsOf2Mib; i++) {
            client.send(requests, 0, get);
        }

        client.untilSentAway();
    }

    private static byte[] batchOf(int messages) {
        return batchOf(messages, Sections.encode(message(new byte[0])).length);
    }

    /** @param size of each message, without what the batch puts around it */
    private static byte[] batchOf(int messages, int size) {
        var empty = Sections.encode(message(new byte[0])).length;
        var one = Sections.encode(message(Sections.encode(message(new byte[size - empty]))));
        var batch = new ByteArrayOutputStream();
        for (int i = 0; i < messages; i++) {
            batch.writeBytes(one);
        }
        return batch.toByteArray();
    }
}
