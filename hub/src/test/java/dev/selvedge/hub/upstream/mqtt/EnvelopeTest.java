package dev.selvedge.hub.upstream.mqtt;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.Message;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class EnvelopeTest {
    private static final int ANY = 268_435_460;
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

    @ParameterizedTest
    @MethodSource("unfit")
    void saysWhatDoesNotFitIntoMqtt(Message message, String why) {
        var delivery = new Delivery(message, 2, 77, STORED.toEpochMilli(), Long.MAX_VALUE);
        var envelope = new Envelope(new TopicTemplate("{moduleId}/{output}"));

        assertThatThrownBy(() -> envelope.around(delivery, 100_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    static List<Arguments> unfit() {
        var none = Map.<String, String>of();
        var body = new byte[1];
        return List.of(
                arguments(new Message(SENSOR, "o", none, Map.of("k", "\0"), body), "User property value"),
                arguments(new Message(SENSOR, "o", none, Map.of("k\0", "v"), body), "User property name"),
                arguments(new Message(SENSOR, "o", none, Map.of("k", "x".repeat(70_000)), body), "User property value"),
                arguments(new Message(SENSOR, "o".repeat(70_000), none, none, body), "Topic"),
                arguments(new Message(SENSOR, "o", none, none, new byte[100_001]), "the broker takes 100000"),
                arguments(
                        new Message(SENSOR, "o", none, Map.of("k", "a\nb"), body),
                        "its property 'k' has the character U+000A, for which a broker may end the connection"),
                arguments(new Message(SENSOR, "o", none, Map.of("k\t", "v"), body), "the name of a property has"),
                arguments(new Message(SENSOR, "o\u0085", none, none, body), "'output' has the character U+0085"),
                arguments(
                        new Message(SENSOR, "o", Map.of("contentType", "text\u007f"), none, body),
                        "its content type has the character U+007F"),
                arguments(
                        new Message(SENSOR, "o", Map.of("messageId", "\uffff"), none, body),
                        "'$.messageId' has the character U+FFFF"),
                arguments(new Message(SENSOR, "o", none, Map.of("k", "\ufdd0"), body), "U+FDD0"),
                arguments(new Message(SENSOR, "o", none, Map.of("k", Character.toString(0x1FFFE)), body), "U+1FFFE"));
    }

    @Test
    void everyOtherCharacterGoes() {
        var text = "\u0020~\u00a0\ufdcf\ufdf0\ufffd" + Character.toString(0x10FFFD);

        assertThat(properties(Map.of("k", text))).containsEntry("k", text);
    }

    @Test
    void goesInAPacketOfTheLargestSizeThatTheBrokerTakes() {
        var message = new Message(SENSOR, "ä", Map.of("contentType", "text"), Map.of("kk", "ü"), new byte[300]);
        var delivery = new Delivery(message, 2, 77, STORED.toEpochMilli(), Long.MAX_VALUE);
        var envelope = new Envelope(new TopicTemplate("t/{output}"));
        var properties = strings("deviceId", "edge-1")
                + strings("moduleId", "sensor")
                + strings("output", "ä")
                + strings("sequence", "2-77")
                + strings("enqueuedTime", STORED.toString())
                + strings("$.contentType", "text")
                + strings("kk", "ü")
                + strings("text");
        // types, lengths of packet and properties, topic, packet id
        var packet = 1 + 2 + strings("t/ä") - 1 + 2 + 2 + properties + 300;
        var spare = 4;

        assertThat(envelope.around(delivery, packet + spare)).isNotNull();
        assertThatThrownBy(() -> envelope.around(delivery, packet - 1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Bytes of a property: its type, and each string with its length. */
    private static int strings(String... all) {
        return 1
                + Stream.of(all)
                        .mapToInt(text -> 2 + text.getBytes(UTF_8).length)
                        .sum();
    }

    private static Map<String, String> properties(Map<String, String> application) {
        return properties(new Message(SENSOR, "out1", Map.of("messageId", "m-1"), application, new byte[0]));
    }

    private static Map<String, String> properties(Message message) {
        var delivery = new Delivery(message, 2, 77, STORED.toEpochMilli(), Long.MAX_VALUE);
        return map(new Envelope(new TopicTemplate("t")).around(delivery, ANY));
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
