package dev.selvedge.hub.upstream.mqtt;

import java.time.Instant;
import java.util.ArrayList;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.hub.delivery.Delivery;

/** What a message looks like at the broker; the same each time that it is sent. */
record Envelope(TopicTemplate topic) {

    Mqtt5Publish around(Delivery delivery) {
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
        properties.add(Mqtt5UserProperty.of("deviceId", message.sender().deviceId()));
        if (message.sender().moduleId() != null) {
            properties.add(Mqtt5UserProperty.of("moduleId", message.sender().moduleId()));
        }
        if (message.output() != null) {
            properties.add(Mqtt5UserProperty.of("output", message.output()));
        }
        properties.add(Mqtt5UserProperty.of("sequence", delivery.priority() + "-" + delivery.sequence()));
        var stored = Instant.ofEpochMilli(delivery.storedAtMillis());
        properties.add(Mqtt5UserProperty.of("enqueuedTime", stored.toString()));
        message.system().forEach((name, value) -> properties.add(Mqtt5UserProperty.of("$." + name, value)));
        message.properties().forEach((name, value) -> properties.add(Mqtt5UserProperty.of(name, value)));
        return Mqtt5UserProperties.of(properties);
    }
}
