package dev.selvedge.hub.mqtt;

import java.util.Optional;
import java.util.stream.Stream;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;

/** What the hub publishes to a client. */
record Publication(String topic, MqttProperties properties, byte[] body) {
    private static final int HEADER = 16;
    private static final int EACH = 5;
    /** Of a string or binary data (MQTT 5, sections 1.5.4 and 1.5.6). */
    private static final int MAX_BYTES = 65_535;

    Publication(String topic, byte[] body) {
        this(topic, MqttProperties.NO_PROPERTIES, body);
    }

    /** Why MQTT has no packet for it; empty when it has one. */
    Optional<String> fault() {
        var topicBytes = bytes(topic);
        return topicBytes > MAX_BYTES
                ? Optional.of("its properties make a topic of " + topicBytes + " bytes, MQTT takes " + MAX_BYTES)
                : properties.listAll().stream().flatMap(Publication::faults).findFirst();
    }

    private static Stream<String> faults(MqttProperty<?> property) {
        return switch (property) {
            case UserProperties user ->
                user.value().stream().flatMap(pair -> Stream.concat(faults(pair.key), faults(pair.value)));
            case StringProperty text -> faults(text.value());
            case BinaryProperty binary -> tooLong(binary.value().length);
            default -> Stream.empty();
        };
    }

    private static Stream<String> faults(String text) {
        return text.indexOf('\0') < 0
                ? tooLong(bytes(text))
                : Stream.of("one of its properties has the character U+0000, which MQTT forbids");
    }

    private static Stream<String> tooLong(int bytes) {
        return bytes <= MAX_BYTES
                ? Stream.empty()
                : Stream.of("one of its properties has " + bytes + " bytes, MQTT takes " + MAX_BYTES);
    }

    /** At least as many bytes as its packet has, and at most a few more. */
    int packetBytes() {
        return HEADER
                + bytes(topic)
                + body.length
                + properties.listAll().stream().mapToInt(Publication::bytes).sum();
    }

    private static int bytes(MqttProperty<?> property) {
        return switch (property) {
            case UserProperties user ->
                user.value().stream()
                        .mapToInt(pair -> EACH + bytes(pair.key) + bytes(pair.value))
                        .sum();
            case StringProperty text -> EACH + bytes(text.value());
            case BinaryProperty binary -> EACH + binary.value().length;
            default -> EACH;
        };
    }

    private static int bytes(String text) {
        return ByteBufUtil.utf8Bytes(text);
    }
}
