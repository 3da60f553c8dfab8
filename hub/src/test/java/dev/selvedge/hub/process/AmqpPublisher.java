package dev.selvedge.hub.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.selvedge.hub.tls.ClientTls;
import dev.selvedge.identity.ConnectionString;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.net.TrustOptions;
import io.vertx.proton.ProtonClient;
import io.vertx.proton.ProtonClientOptions;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonSender;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.message.Message;

/** What {@link Publisher} does over MQTT, over AMQP: one message in flight, each until it is accepted. All on one event loop. */
final class AmqpPublisher implements Source {
    private static final long PAUSE_MILLIS = 50;

    private final Vertx vertx;
    private final Context loop;
    private final ConnectionString connection;
    private final ProtonClientOptions options;
    private final int port;
    private final Map<String, Object> properties;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private boolean stopping;
    /** What an earlier connection still says means nothing any more. */
    private int attempt;

    AmqpPublisher(Vertx vertx, HubProcess hub, String module) throws IOException {
        this(vertx, hub, module, Map.of());
    }

    /** @param properties application properties of all messages */
    AmqpPublisher(Vertx vertx, HubProcess hub, String module, Map<String, Object> properties) throws IOException {
        this.properties = Map.copyOf(properties);
        this.vertx = vertx;
        loop = vertx.getOrCreateContext();
        connection = hub.connection(module);
        port = hub.amqpPort();
        var trust = ClientTls.read(hub.data().resolve("tls")).trust();
        options = new ProtonClientOptions()
                .setSsl(true)
                .setHostnameVerificationAlgorithm("HTTPS")
                .setTrustOptions(TrustOptions.wrap(trust.getTrustManagers()[0]));
    }

    AmqpPublisher start() {
        loop.runOnContext(_ -> connect());
        return this;
    }

    private void connect() {
        var mine = ++attempt;
        ProtonClient.create(vertx).connect(options, "localhost", port, connected -> {
            if (connected.failed()) {
                again(mine);
                return;
            }
            var made = connected.result();
            made.disconnectHandler(_ -> again(mine));
            made.closeHandler(_ -> {
                made.disconnect();
                again(mine);
            });
            made.openHandler(_ -> putToken(made, mine)).open();
        });
    }

    private void again(int failed) {
        if (stopping) {
            stopped.complete(null);
        } else if (failed == attempt) {
            attempt++;
            vertx.setTimer(PAUSE_MILLIS, _ -> connect());
        }
    }

    private void putToken(ProtonConnection made, int mine) {
        made.createReceiver("$cbs")
                .handler((_, answer) -> {
                    if (Integer.valueOf(200)
                            .equals(answer.getApplicationProperties().getValue().get("status-code"))) {
                        events(made, mine);
                    } else {
                        made.disconnect();
                    }
                })
                .open();
        var request = Message.Factory.create();
        request.setMessageId(UUID.randomUUID());
        request.setApplicationProperties(new ApplicationProperties(Map.of("operation", "put-token")));
        request.setBody(new AmqpValue(connection.token(Instant.now().plus(Duration.ofHours(1)))));
        var tokens = made.createSender("$cbs");
        tokens.openHandler(_ -> tokens.send(request)).open();
    }

    private void events(ProtonConnection made, int mine) {
        var sender = made.createSender("/devices/" + HubProcess.DEVICE + "/modules/" + name() + "/messages/events");
        sender.openHandler(_ -> next(sender, mine));
        sender.closeHandler(_ -> made.disconnect());
        sender.open();
    }

    private void next(ProtonSender sender, int mine) {
        if (stopping) {
            sender.getSession().getConnection().close();
            return;
        }
        var number = acknowledged.get() + 1;
        var message = Message.Factory.create();
        message.setMessageId(name() + "-" + number);
        message.setBody(new Data(new Binary((name() + " " + number + " .").getBytes(StandardCharsets.UTF_8))));
        message.setApplicationProperties(new ApplicationProperties(properties));
        sender.send(message, delivery -> {
            if (mine == attempt && delivery.getRemoteState() instanceof Accepted) {
                acknowledged.set(number);
                next(sender, mine);
            }
        });
    }

    @Override
    public String name() {
        return String.valueOf(connection.identity().moduleId());
    }

    @Override
    public int acknowledged() {
        return acknowledged.get();
    }

    @Override
    public void close() throws Exception {
        loop.runOnContext(_ -> stopping = true);
        stopped.get(60, TimeUnit.SECONDS);
    }
}
