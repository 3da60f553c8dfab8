package dev.selvedge.hub.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;

/** Somebody behind the broker, who writes down what arrives. */
final class Receiver implements AutoCloseable {
    private final Mqtt5BlockingClient client;
    private final List<Mqtt5Publish> arrived = Collections.synchronizedList(new ArrayList<>());

    Receiver(int port) {
        client = listen(port, arrived::add);
    }

    /** Listens on loopback, with a session that the broker keeps. */
    static Mqtt5BlockingClient listen(int port, Consumer<Mqtt5Publish> hears) {
        var client = Mqtt5Client.builder()
                .identifier("receiver")
                .serverHost("127.0.0.1")
                .serverPort(port)
                .automaticReconnectWithDefaultConfig()
                .buildBlocking();
        client.toAsync().publishes(MqttGlobalPublishFilter.ALL, hears);
        client.connectWith().cleanStart(false).sessionExpiryInterval(7200).send();
        client.subscribeWith().topicFilter("#").qos(MqttQos.AT_LEAST_ONCE).send();
        return client;
    }

    List<Mqtt5Publish> arrived() {
        return List.copyOf(arrived);
    }

    static String text(Mqtt5Publish publish) {
        return new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8);
    }

    static Map<String, String> properties(Mqtt5Publish publish) {
        var properties = new LinkedHashMap<String, String>();
        publish.getUserProperties()
                .asList()
                .forEach(property -> properties.put(
                        property.getName().toString(), property.getValue().toString()));
        return properties;
    }

    /** Numbers of a source, {@code "source number ."} being the payload, in the order in which each came first. */
    List<Integer> firstArrivals(String source) {
        var numbers = new LinkedHashSet<Integer>();
        for (var publish : arrived()) {
            var words = text(publish).split(" ");
            if (words[0].equals(source)) {
                numbers.add(Integer.valueOf(words[1]));
            }
        }
        return List.copyOf(numbers);
    }

    @Override
    public void close() {
        client.toAsync().disconnect().exceptionally(_ -> null).join();
    }
}
