package dev.selvedge.hub.upstream.mqtt;

import java.nio.ByteBuffer;

import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;

/** How large a PUBLISH gets: MQTT 5, sections 3.3 and 2.2.2. */
final class PacketSize {
    private static final int TYPE = 1;
    private static final int PACKET_ID = 2;
    private static final int LENGTH = 2;
    /** A length of variable size, at its largest. */
    private static final int VARIABLE = 4;

    private PacketSize() {}

    /** Bytes of a publication with topic, payload, content type and user properties; a few more than it has, never fewer. */
    static long of(Mqtt5Publish publish) {
        var size = TYPE + VARIABLE + string(publish.getTopic()) + PACKET_ID + VARIABLE;
        size += publish.getContentType().map(type -> TYPE + string(type)).orElse(0L);
        for (var property : publish.getUserProperties().asList()) {
            size += TYPE + string(property.getName()) + string(property.getValue());
        }
        return size + publish.getPayload().map(ByteBuffer::remaining).orElse(0);
    }

    private static long string(MqttUtf8String text) {
        return (long) LENGTH + text.toByteBuffer().remaining();
    }
}
