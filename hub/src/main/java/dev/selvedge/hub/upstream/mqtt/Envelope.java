package dev.selvedge.hub.upstream.mqtt;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Set;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.hub.delivery.Delivery;

/**
 * What a message looks like at the broker; the same each time that it is sent. The hub's own user properties are the hub's alone: an application
 * property by such a name, or by one that begins as those of system properties do, goes as {@code app.name}.
 */
record Envelope(TopicTemplate topic) {
    /** What a module can send is never as large, so that it need not be counted. */
    private static final int LARGEST_BYTES = 4 << 20;

    private static final String DEVICE = "deviceId";
    private static final String MODULE = "moduleId";
    private static final String OUTPUT = "output";
    private static final String SEQUENCE = "sequence";
    private static final String ENQUEUED = "enqueuedTime";
    private static final Set<String> OWN = Set.of(DEVICE, MODULE, OUTPUT, SEQUENCE, ENQUEUED);
    private static final String SYSTEM = "$.";
    private static final String APPLICATION = "app.";

    /**
     * @param mostBytes a packet that the broker takes
     * @throws IllegalArgumentException when there is no such packet: it would be larger, or a string in it is too long or holds a character that MQTT
     *     forbids or a broker may end the connection for
     */
    Mqtt5Publish around(Delivery delivery, int mostBytes) {
        var publish = around(delivery);
        Unwelcome.refuse(publish);
        if (mostBytes < LARGEST_BYTES) {
            var bytes = PacketSize.of(publish);
            if (bytes > mostBytes) {
                throw new IllegalArgumentException(
                        "with its properties it has " + bytes + " bytes, and the broker takes " + mostBytes);
            }
        }
        return publish;
    }

    private Mqtt5Publish around(Delivery delivery) {
        var message = delivery.message();
        var publish = Mqtt5Publish.builder()
                .topic(topic.topic(message))
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(message.body())
                .userProperties(properties(delivery));
        var contentType = message.system().get("contentType");
        return contentType == null
                ? publish.build()
                : publish.contentType(contentType).build();
    }

    private static Mqtt5UserProperties properties(Delivery delivery) {
        var message = delivery.message();
        var properties = new ArrayList<Mqtt5UserProperty>();
        properties.add(Mqtt5UserProperty.of(DEVICE, message.sender().deviceId()));
        if (message.sender().moduleId() != null) {
            properties.add(Mqtt5UserProperty.of(MODULE, message.sender().moduleId()));
        }
        if (message.output() != null) {
            properties.add(Mqtt5UserProperty.of(OUTPUT, message.output()));
        }
        properties.add(Mqtt5UserProperty.of(SEQUENCE, delivery.priority() + "-" + delivery.sequence()));
        var stored = Instant.ofEpochMilli(delivery.storedAtMillis());
        properties.add(Mqtt5UserProperty.of(ENQUEUED, stored.toString()));
        message.system().forEach((name, value) -> properties.add(Mqtt5UserProperty.of(SYSTEM + name, value)));
        message.properties().forEach((name, value) -> properties.add(Mqtt5UserProperty.of(application(name), value)));
        return Mqtt5UserProperties.of(properties);
    }

    private static String application(String name) {
        return OWN.contains(name) || name.startsWith(SYSTEM) ? APPLICATION + name : name;
    }
}
