package dev.selvedge.hub.upstream.mqtt;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.delivery.Receiver;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.delivery.Receiver.ReturnedException;
import dev.selvedge.hub.upstream.Patience;
import dev.selvedge.hub.upstream.Throttle;
import dev.selvedge.plan.BrokerAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection to an MQTT 5 broker and publishes what the pump of {@code $upstream} sends, QoS 1, pipelined, in order. Each connection is
 * a new client: what a lost one did not see acknowledged is sent again by the pump, so nothing is resent behind its back. A broker that owes
 * answers and is silent is given up as {@link Patience} says; then, for ever, an attempt follows the other within a second or two. Only where
 * somebody else connects under the same client id does it wait longer, so that the two do not end each other's connections all the time. Any
 * thread.
 */
public final class MqttUpstreamLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MqttUpstreamLink.class);
    private static final int WINDOW = 128;
    /** For who is idle: a dead connection is known before there is something to send. */
    private static final long KEEP_ALIVE_SECONDS = 5;

    private static final long LONGEST_KEEP_ALIVE_SECONDS = 600;
    /** A ping must not be late because a message is before it; bits. */
    private static final long LARGEST_MESSAGE = 8L * (300 << 10);

    private static final long FIRST_PAUSE_MILLIS = 200;
    private static final long LONGEST_PAUSE_MILLIS = 1000;
    private static final long PAUSE_FOR_RIVAL_MILLIS = 40_000;
    private static final long LOOK_EVERY_MILLIS = 500;

    private final MqttUpstream broker;
    private final String clientId;
    private final Endpoints endpoints;
    private final Envelope envelope;
    private final Address address;
    private final Throttle throttle = new Throttle(System.nanoTime());
    private final Patience patience = new Patience();
    private final Rival rival = new Rival();
    private final LinkLoop loop = new LinkLoop(throttle);
    private final Dialer dialer;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("selvedge-upstream").daemon().factory());
    private @Nullable Mqtt5AsyncClient client;
    private @Nullable Session session;
    private boolean closed;
    /** Why attempts failed since it was last connected: the same reason is not told again and again, nor for each address of the broker. */
    private final Set<String> reasons = new HashSet<>();

    /** Since the broker last took a message. */
    private final AtomicInteger attempts = new AtomicInteger();

    private volatile boolean connected;
    private volatile String trouble = "";
    private volatile long maxBitsPerSecond = Long.MAX_VALUE;

    /**
     * @param secret folder with any of username, password, ca.crt, tls.crt, tls.key; read at each connect, so that changes are seen
     * @param clientId MQTT client id, unique at the broker
     */
    public MqttUpstreamLink(MqttUpstream broker, Path secret, String clientId, Endpoints endpoints) {
        this.broker = broker;
        this.clientId = clientId;
        this.endpoints = endpoints;
        envelope = new Envelope(new TopicTemplate(
                broker.topic() == null ? "devices/{deviceId}/modules/{moduleId}/{output}" : broker.topic()));
        var at = BrokerAddress.parse(broker.url());
        address = new Address(at.host(), at.port());
        dialer = new Dialer(at.tls(), secret, clientId, loop);
    }

    /** Starts to connect, and returns at once. */
    public void start() {
        executor.execute(this::connect);
        executor.scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** From now on no more than this, also on the connection that is open; {@link Long#MAX_VALUE} is no limit. */
    public void maxBitsPerSecond(long bits) {
        maxBitsPerSecond = bits;
        throttle.rate(bits);
    }

    public boolean connected() {
        return connected;
    }

    public String url() {
        return broker.url();
    }

    /** Why the last attempt failed or the last connection ended, in words; empty before the first. */
    public String trouble() {
        return trouble;
    }

    private void connect() {
        if (!closed) {
            address.find().whenComplete((to, failure) -> execute(() -> connectTo(to, failure)));
        }
    }

    private void connectTo(@Nullable InetSocketAddress to, @Nullable Throwable failure) {
        if (closed) {
            return;
        }
        if (to == null) {
            unreached(failure == null ? new UnknownHostException() : failure);
            return;
        }
        try {
            var made = new Mqtt5AsyncClient[1];
            var next = dialer.client(to, attempts.get(), cause -> execute(() -> lost(made[0], cause)));
            made[0] = next;
            client = next;
            dialer.connect(next, keepAliveSeconds())
                    .whenComplete((welcome, refusal) -> execute(() -> connected(next, to, welcome, refusal)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("the upstream cannot be used as configured: url={} reason={}", broker.url(), e.getMessage());
            trouble = "it cannot be used as configured: " + e.getMessage();
            reconnect();
        }
    }

    private int keepAliveSeconds() {
        var message = 2 * LARGEST_MESSAGE / maxBitsPerSecond;
        var silence = TimeUnit.NANOSECONDS.toSeconds(patience.limit());
        return (int) Math.clamp(Math.max(message, silence), KEEP_ALIVE_SECONDS, LONGEST_KEEP_ALIVE_SECONDS);
    }

    private void connected(
            Mqtt5AsyncClient of, InetSocketAddress at, @Nullable Mqtt5ConnAck welcome, @Nullable Throwable failure) {
        if (closed || !of.equals(client)) {
            return;
        }
        if (welcome == null) {
            lost(of, failure == null ? new IOException("no answer") : failure);
            return;
        }
        connected = true;
        reasons.clear();
        LOG.info("upstream connected: url={}", broker.url());
        var next = new Session(of, at, welcome.getRestrictions().getMaximumPacketSize());
        session = next;
        endpoints.attach(Endpoints.UPSTREAM, next);
    }

    private void look() {
        if (session == null) {
            return;
        }
        var now = System.nanoTime();
        if (loop.holds()) {
            session.silence.excuse(now);
        } else if (session.silence.ends(now)) {
            lost(client, new TimeoutException("the broker owes answers and is silent"));
        }
    }

    private void lost(@Nullable Mqtt5AsyncClient of, Throwable cause) {
        if (of == null || !of.equals(client)) {
            return;
        }
        client = null;
        loop.cut();
        if (connected) {
            LOG.warn("upstream lost, messages wait in the store: url={} reason={}", broker.url(), cause.toString());
            trouble = Trouble.of(cause);
            reasons.add(trouble);
            connected = false;
            detach();
        } else {
            note(cause);
        }
        if (Trouble.isTakeOver(cause) && rival.shows(System.nanoTime())) {
            LOG.warn(
                    "somebody else connects to the upstream as this device, most likely another hub of the same device id:"
                            + " url={} clientId={}. Give the node of one of them another label selvedge.dev/device-id",
                    broker.url(),
                    clientId);
            reconnectWithin(PAUSE_FOR_RIVAL_MILLIS);
        } else {
            reconnect();
        }
    }

    private void unreached(Throwable cause) {
        note(cause);
        reconnect();
    }

    private void note(Throwable cause) {
        trouble = Trouble.of(cause);
        if (reasons.add(trouble)) {
            LOG.warn(
                    "upstream not reached, messages wait in the store: url={} reason={}",
                    broker.url(),
                    cause.toString());
        }
    }

    private void detach() {
        var old = session;
        session = null;
        if (old != null) {
            endpoints.detach(Endpoints.UPSTREAM, old);
        }
    }

    private void reconnect() {
        reconnectWithin(Math.min(FIRST_PAUSE_MILLIS << Math.min(attempts.getAndIncrement(), 10), LONGEST_PAUSE_MILLIS));
    }

    private void reconnectWithin(long most) {
        if (!closed) {
            var pause = ThreadLocalRandom.current().nextLong(most / 2, most);
            executor.schedule(this::connect, pause, TimeUnit.MILLISECONDS);
        }
    }

    private void execute(Runnable work) {
        try {
            executor.execute(work);
        } catch (RejectedExecutionException _) {
            // closed meanwhile
        }
    }

    /** Disconnects; does not wait for what is unanswered. */
    @Override
    public void close() {
        execute(() -> {
            closed = true;
            connected = false;
            detach();
            var last = client;
            client = null;
            if (last != null) {
                last.disconnect();
            }
            loop.stop();
            executor.shutdown();
        });
    }

    /** One connection, as the pump sees it. */
    private final class Session implements Receiver {
        private final Mqtt5AsyncClient connection;
        private final InetSocketAddress at;
        private final int mostBytes;
        private final Patience.Silence silence = patience.silence();

        /** Whether the broker has answered for a message. One that only lets in is no better than another one. */
        private boolean answers;

        private Session(Mqtt5AsyncClient connection, InetSocketAddress at, int mostBytes) {
            this.connection = connection;
            this.at = at;
            this.mostBytes = mostBytes;
        }

        @Override
        public int window() {
            return WINDOW;
        }

        @Override
        public CompletionStage<Void> send(Delivery delivery) {
            Mqtt5Publish publish;
            try {
                publish = envelope.around(delivery, mostBytes);
            } catch (IllegalArgumentException e) {
                return CompletableFuture.failedFuture(
                        new RejectedException("it does not fit into MQTT: " + e.getMessage()));
            }
            silence.asked(System.nanoTime());
            return connection
                    .publish(publish)
                    .thenCompose(result -> result.getError()
                            .<CompletionStage<Void>>map(CompletableFuture::failedFuture)
                            .orElseGet(() -> CompletableFuture.completedFuture(null)))
                    .whenComplete((_, failure) -> answered(failure))
                    .exceptionallyCompose(failure -> CompletableFuture.failedFuture(meaning(failure)));
        }

        private void answered(@Nullable Throwable failure) {
            var cause = failure == null ? null : Stages.cause(failure);
            if (cause == null || cause instanceof Mqtt5PubAckException) {
                silence.answered(System.nanoTime());
                attempts.set(0);
                if (!answers) {
                    answers = true;
                    address.reached(at);
                }
            }
        }

        /** A negative PUBACK is the broker's word about this message; anything else is the link's. */
        private static Throwable meaning(Throwable failure) {
            var cause = Stages.cause(failure);
            return cause instanceof Mqtt5PubAckException refused
                    ? new ReturnedException(
                            "the broker answers " + refused.getMqttMessage().getReasonCode())
                    : cause;
        }
    }
}
