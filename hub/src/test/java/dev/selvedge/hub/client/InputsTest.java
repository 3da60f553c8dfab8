package dev.selvedge.hub.client;

import java.util.Map;
import java.util.Set;

import dev.selvedge.hub.RunningHub.Attached;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.message.Message;
import org.junit.jupiter.api.Test;

import static dev.selvedge.hub.RunningHub.FILTER;
import static dev.selvedge.hub.RunningHub.SENSOR;
import static dev.selvedge.hub.RunningHub.soon;
import static org.assertj.core.api.Assertions.assertThat;

class InputsTest {
    @Test
    void aMessageThatCannotBeSentIsReturned() {
        var endpoints = new Attached();
        var inputs = new Inputs(FILTER, endpoints, task -> Thread.ofVirtual().start(task), (_, _) -> {
            throw new IllegalArgumentException("no packet holds it");
        });
        inputs.attach(Set.of("input1"));
        var message = new Message(SENSOR, null, Map.of(), Map.of(), new byte[0]);

        var sent = endpoints.receivers.get("modules/filter/inputs/input1").send(new Delivery(message, 0, 1, 1, 1));

        assertThat(sent)
                .failsWithin(soon())
                .withThrowableThat()
                .withCauseInstanceOf(ReturnedException.class)
                .withMessageContaining("no packet holds it");
    }
}
