package dev.selvedge.hub.process;

import java.util.concurrent.atomic.AtomicInteger;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;

import static java.util.concurrent.TimeUnit.SECONDS;

/** A module that counts what arrives at its inputs. */
final class InputListener implements AutoCloseable {
    private final Mqtt3AsyncClient client;
    private final AtomicInteger arrived = new AtomicInteger();

    InputListener(HubProcess hub, String module) throws Exception {
        var connection = hub.connection(module);
        client = Publisher.client(hub, connection);
        Publisher.connect(client, connection);
        client.subscribeWith()
                .topicFilter("devices/" + HubProcess.DEVICE + "/modules/" + module + "/inputs/#")
                .qos(MqttQos.AT_LEAST_ONCE)
                .callback(_ -> arrived.incrementAndGet())
                .send()
                .get(60, SECONDS);
    }

    int arrived() {
        return arrived.get();
    }

    @Override
    public void close() {
        client.disconnect().exceptionally(_ -> null).join();
    }
}
