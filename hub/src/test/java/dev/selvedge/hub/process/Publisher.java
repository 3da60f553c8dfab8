package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import dev.selvedge.hub.tls.ClientTls;
import dev.selvedge.identity.ConnectionString;

/**
 * A module that publishes {@code "name 1 ."}, {@code "name 2 ."}, …, each until it is acknowledged, one in flight, and remembers the last one that
 * was and how often one was not. The message ids are {@code name-1}, {@code name-2}, ….
 */
final class Publisher implements Source {
    private static final Duration RETRY = Duration.ofMillis(100);

    private final Mqtt3AsyncClient client;
    private final ConnectionString connection;
    private final String topic;
    private final String name;
    private final String end;
    private final Duration pause;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Thread thread;

    Publisher(HubProcess hub, String module) throws IOException {
        this(hub, module, 1, Integer.MAX_VALUE);
    }

    /** Publishes messages that end in so many dots, and no more of them in a second than that. */
    Publisher(HubProcess hub, String module, int dots, int perSecond) throws IOException {
        this(hub, module, "n=1", dots, perSecond);
    }

    /** @param properties of all messages, as they stand in a topic */
    Publisher(HubProcess hub, String module, String properties) throws IOException {
        this(hub, module, properties, 1, Integer.MAX_VALUE);
    }

    Publisher(HubProcess hub, String module, String properties, int dots, int perSecond) throws IOException {
        name = module;
        end = " " + ".".repeat(dots);
        pause = Duration.ofSeconds(1).dividedBy(perSecond);
        connection = hub.connection(module);
        topic = "devices/" + HubProcess.DEVICE + "/modules/" + module + "/messages/events/" + properties + "&%24.mid="
                + module + "-";
        client = client(hub, connection);
        thread = Thread.ofPlatform().name("publisher-" + module).unstarted(this::run);
    }

    static Mqtt3AsyncClient client(HubProcess hub, ConnectionString connection) throws IOException {
        return Mqtt3Client.builder()
                .identifier(connection.identity().path())
                .serverHost("localhost")
                .serverPort(hub.port())
                .sslConfig(MqttClientSslConfig.builder()
                        .trustManagerFactory(
                                ClientTls.read(hub.data().resolve("tls")).trust())
                        .build())
                .buildAsync();
    }

    Publisher start() {
        thread.start();
        return this;
    }

    private void run() {
        while (!stopping.get()) {
            try {
                if (!client.getState().isConnected()) {
                    connect();
                }
                var next = acknowledged.get() + 1;
                client.publishWith()
                        .topic(topic + next)
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .payload((name + " " + next + end).getBytes(StandardCharsets.UTF_8))
                        .send()
                        .get(60, TimeUnit.SECONDS);
                acknowledged.set(next);
                Thread.sleep(pause);
            } catch (InterruptedException _) {
                return;
            } catch (Exception _) {
                // not acknowledged: the same number again, on a new connection
                failed.incrementAndGet();
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
    }

    void connect() throws Exception {
        connect(client, connection);
    }

    static void connect(Mqtt3AsyncClient client, ConnectionString connection) throws Exception {
        client.connectWith()
                .simpleAuth()
                .username(connection.userName())
                .password(
                        connection.token(Instant.now().plus(Duration.ofDays(3))).getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth()
                .send()
                .get(30, TimeUnit.SECONDS);
    }

    @Override
    public int acknowledged() {
        return acknowledged.get();
    }

    /** How often it could not connect, or was not given an acknowledgement. */
    int failed() {
        return failed.get();
    }

    @Override
    public String name() {
        return name;
    }

    /** No more messages; the last one may still be in the hub without having been acknowledged. */
    void stop() throws InterruptedException {
        stopping.set(true);
        thread.interrupt();
        if (thread.isAlive()) {
            thread.join();
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop();
        client.disconnect().exceptionally(_ -> null).join();
    }
}
