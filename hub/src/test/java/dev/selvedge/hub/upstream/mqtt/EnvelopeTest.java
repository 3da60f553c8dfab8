package dev.selvedge.hub.upstream.mqtt;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.Message;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class EnvelopeTest {
    private static final Identity SENSOR = Identity.module("edge-1", "sensor");
    private static final Instant STORED = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final Map<String, String> HUBS = Map.of(
            "deviceId", "edge-1",
            "moduleId", "sensor",
            "output", "out1",
            "sequence", "2-77",
            "enqueuedTime", "2026-03-01T12:00:00.123Z",
            "$.messageId", "m-1");

    @Test
    void saysWhoSentAMessageAndWhen() {
        assertThat(properties(Map.of("line", "4")))
                .containsAllEntriesOf(HUBS)
                .containsEntry("line", "4")
                .hasSize(HUBS.size() + 1);
    }

    @Test
    void whatAModuleSaysByTheHubsNamesIsToldApart() {
        var forged = new LinkedHashMap<String, String>();
        HUBS.keySet().forEach(name -> forged.put(name, "forged"));

        var properties = properties(forged);

        assertThat(properties).containsAllEntriesOf(HUBS).hasSize(2 * HUBS.size());
        HUBS.keySet().forEach(name -> assertThat(properties).containsEntry("app." + name, "forged"));
    }

    @Test
    void aDeviceIsNoModuleWhateverItSays() {
        var message = new Message(
                Identity.device("thermometer"),
                null,
                Map.of(),
                Map.of("moduleId", "sensor", "output", "out1"),
                new byte[0]);

        assertThat(properties(message))
                .containsEntry("deviceId", "thermometer")
                .containsEntry("app.moduleId", "sensor")
                .containsEntry("app.output", "out1")
                .doesNotContainKeys("moduleId", "output");
    }

    private static Map<String, String> properties(Map<String, String> application) {
        return properties(new Message(SENSOR, "out1", Map.of("messageId", "m-1"), application, new byte[0]));
    }

    private static Map<String, String> properties(Message message) {
        var delivery = new Delivery(message, 2, 77, STORED.toEpochMilli(), Long.MAX_VALUE);
        return map(new Envelope(new TopicTemplate("t")).around(delivery));
    }

    /** As a consumer does: of two by one name it takes the last. */
    private static Map<String, String> map(Mqtt5Publish publish) {
        var map = new LinkedHashMap<String, String>();
        publish.getUserProperties()
                .asList()
                .forEach(property -> map.put(
                        property.getName().toString(), property.getValue().toString()));
        return map;
    }
}
