package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;

/** What the hub publishes to a client. */
record Publication(String topic, MqttProperties properties, byte[] body) {
    private static final int HEADER = 16;
    private static final int EACH = 5;

    Publication(String topic, byte[] body) {
        this(topic, MqttProperties.NO_PROPERTIES, body);
    }

    int topicBytes() {
        return bytes(topic);
    }

    /** At least as many bytes as its packet has, and at most a few more. */
    int packetBytes() {
        return HEADER
                + topicBytes()
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
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
