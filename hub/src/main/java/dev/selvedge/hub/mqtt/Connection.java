package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.client.Client;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.net.OpenConnection;
import dev.selvedge.hub.net.Wire;
import dev.selvedge.hub.security.AuthResult;
import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Refused;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.net.NetSocketInternal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection, from its first byte to its end: lets the client in or refuses it, watches over silence and the end of its token, and hands
 * all else to its {@link Conversation}. Whatever goes wrong ends this connection and harms no other. The connection's event loop, but for what
 * others may call.
 */
final class Connection implements Client, OpenConnection {
    /** Largest packet: a message of the largest size whose topic escapes every byte of its properties. */
    static final int MAX_PACKET = 256 * 1024 + 64 * 1024 + 8;

    private static final int MAX_CLIENT_ID = 300;
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Services services;
    private final MqttOptions options;
    private final Wire wire;
    private final ScheduledFuture<?> connectTimer;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable ScheduledFuture<?> silenceTimer;
    private @Nullable ScheduledFuture<?> tokenTimer;
    private @Nullable Conversation conversation;
    private boolean connecting;
    private long lastHeard = System.nanoTime();

    Connection(NetSocketInternal socket, Services services, MqttOptions options) {
        this.services = services;
        this.options = options;
        var pipeline = socket.channelHandlerContext().pipeline();
        pipeline.addBefore("handler", "mqttEncoder", MqttEncoder.INSTANCE);
        pipeline.addBefore("handler", "mqttDecoder", new MqttDecoder(MAX_PACKET, MAX_CLIENT_ID));
        wire = new Wire(
                socket, this::received, () -> end(new Departure(Cause.LEFT, "the client closed the connection")));
        connectTimer = wire.after(options.connectTimeout(), () -> violation("no CONNECT within the time for it", null));
    }

    @Override
    public void desiredChanged() {
        wire.run(() -> {
            if (conversation != null) {
                conversation.desiredChanged();
            }
        });
    }

    @Override
    public void routesChanged() {
        wire.run(() -> {
            if (conversation != null) {
                conversation.routesChanged();
            }
        });
    }

    @Override
    public CompletionStage<Void> close(Departure why) {
        wire.run(() -> end(why));
        return closed;
    }

    @Override
    public CompletableFuture<Void> closed() {
        return closed;
    }

    @Override
    public void drain(String why) {
        wire.run(() -> {
            var departure = new Departure(Cause.SHUTDOWN, why);
            var current = conversation;
            if (current == null) {
                end(departure);
            } else {
                wire.pause();
                current.whenSettled(() -> end(departure));
            }
        });
    }

    private void received(Object decoded) {
        if (!(decoded instanceof MqttMessage packet)) {
            return;
        }
        lastHeard = System.nanoTime();
        try {
            if (packet.decoderResult().isFailure()) {
                undecodable(packet.decoderResult().cause());
                return;
            }
            var type = packet.fixedHeader().messageType();
            var current = conversation;
            if (type == MqttMessageType.CONNECT) {
                connect((MqttConnectMessage) packet);
            } else if (current == null) {
                throw new ProtocolException(type + " before CONNECT");
            } else if (type == MqttMessageType.DISCONNECT) {
                end(new Departure(Cause.LEFT, "the client disconnected"));
            } else {
                current.received(packet);
            }
        } catch (ProtocolException e) {
            violation(String.valueOf(e.getMessage()), e.getCause());
        } catch (RuntimeException e) {
            LOG.error("connection closed, the hub failed to handle a packet: client={}", name(), e);
            end(new Departure(Cause.FAILURE, "the hub failed to handle a packet"));
        }
    }

    private void undecodable(Throwable cause) {
        if (conversation == null && cause instanceof MqttUnacceptableProtocolVersionException) {
            refuse(
                    MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
                    "protocol",
                    cause.getMessage());
        } else if (conversation == null && cause instanceof MqttIdentifierRejectedException) {
            refuse(MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED, "client_id", cause.getMessage());
        } else {
            violation("bytes that are no MQTT packet, or a packet of more than " + MAX_PACKET, cause);
        }
    }

    private void connect(MqttConnectMessage packet) throws ProtocolException {
        if (conversation != null || connecting) {
            throw new ProtocolException("a second CONNECT");
        }
        connecting = true;
        connectTimer.cancel(false);
        if (packet.variableHeader().version() != MqttVersion.MQTT_3_1_1.protocolLevel()) {
            refuse(
                    packet.variableHeader().version() > MqttVersion.MQTT_3_1_1.protocolLevel()
                            ? MqttConnectReturnCode.CONNECTION_REFUSED_UNSUPPORTED_PROTOCOL_VERSION
                            : MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
                    "protocol",
                    "MQTT level " + packet.variableHeader().version() + "; this hub speaks 3.1.1, level 4");
            return;
        }
        if (services.routers().current().isEmpty()) {
            refuse(
                    MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                    "not_configured",
                    "the hub has no configuration yet, messages would be lost");
            return;
        }
        var payload = packet.payload();
        var password = payload.passwordInBytes();
        var result = services.authenticator()
                .authenticate(
                        payload.clientIdentifier(),
                        payload.userName(),
                        password == null ? null : new String(password, StandardCharsets.UTF_8));
        switch (result) {
            case Refused(var cause, var reason) ->
                refuse(
                        cause == AuthResult.Cause.MALFORMED
                                ? MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD
                                : MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
                        "not_authenticated",
                        "client id '" + Topics.clip(payload.clientIdentifier()) + "': " + reason);
            case Accepted accepted -> admit(accepted, packet);
        }
    }

    private void admit(Accepted accepted, MqttConnectMessage packet) {
        var identity = accepted.identity();
        if (!services.clients().admit(identity, this)) {
            refuse(
                    MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                    "too_many_clients",
                    "no room for " + identity + " beside " + services.clients().connected() + " clients");
            return;
        }
        var clean = packet.variableHeader().isCleanSession();
        var found = clean ? null : services.sessions().find(identity).orElse(null);
        var talk = new Conversation(identity, clean, found, wire, services, options.ackTimeout(), this::end);
        conversation = talk;
        wire.pause();
        var cleared = clean ? services.sessions().clear(identity) : CompletableFuture.<Void>completedStage(null);
        cleared.whenComplete((_, failure) -> wire.run(() -> {
            if (failure != null) {
                LOG.error("session not cleared: client={}", identity, failure);
                end(new Departure(Cause.FAILURE, "its session could not be cleared"));
            } else if (!closed.isDone()) {
                welcome(accepted, talk, found != null, packet.variableHeader().keepAliveTimeSeconds());
            }
        }));
    }

    private void welcome(Accepted accepted, Conversation talk, boolean sessionPresent, int keepAliveSeconds) {
        var generation = services.twins().generationId(accepted.identity());
        if (!generation.equals(Optional.of(accepted.generationId()))) {
            end(new Departure(Cause.NOT_AUTHORIZED, "its identity was removed or replaced"));
            return;
        }
        LOG.info(
                "client connected: client={} from={} session={} tokenUntil={}",
                accepted.identity(),
                wire.remote(),
                sessionPresent,
                accepted.expiry());
        wire.send(MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(sessionPresent)
                .build());
        tokenTimer = wire.after(accepted.remaining(), () -> end(new Departure(Cause.EXPIRED, "its token expired")));
        watch(silence(keepAliveSeconds));
        talk.start();
        wire.resume();
    }

    /** Half as long again as the client promised to be silent at most. */
    private Duration silence(int keepAliveSeconds) {
        var longest = options.maxKeepAlive();
        var asked = Duration.ofMillis(keepAliveSeconds * 1500L);
        return keepAliveSeconds == 0 || asked.compareTo(longest) > 0 ? longest : asked;
    }

    private void watch(Duration allowed) {
        var silent = Duration.ofNanos(System.nanoTime() - lastHeard);
        if (wire.isPaused()) {
            lastHeard = System.nanoTime();
            silenceTimer = wire.after(allowed, () -> watch(allowed));
        } else if (silent.compareTo(allowed) >= 0) {
            end(new Departure(Cause.UNRESPONSIVE, "nothing heard for " + silent.toSeconds() + " s"));
        } else {
            silenceTimer = wire.after(allowed.minus(silent).plusMillis(1), () -> watch(allowed));
        }
    }

    private void refuse(MqttConnectReturnCode code, String reason, @Nullable String why) {
        LOG.warn("client refused: from={} code={} reason={}", wire.remote(), code, why);
        services.meters().refused(reason);
        wire.send(MqttMessageBuilders.connAck()
                        .returnCode(code)
                        .sessionPresent(false)
                        .build())
                .onComplete(_ -> end(new Departure(Cause.NOT_AUTHORIZED, "refused")));
    }

    private void violation(String what, @Nullable Throwable cause) {
        if (!closed.isDone()) {
            LOG.warn(
                    "connection closed, the client broke a rule: client={} from={} rule={} cause={}",
                    name(),
                    wire.remote(),
                    what,
                    cause == null ? "" : cause.toString());
            end(new Departure(Cause.PROTOCOL, what));
        }
    }

    private void end(Departure why) {
        if (!closed.complete(null)) {
            return;
        }
        connectTimer.cancel(false);
        cancel(silenceTimer);
        cancel(tokenTimer);
        wire.close();
        var talk = conversation;
        if (talk != null) {
            talk.end();
            services.clients().gone(talk.client(), this);
            LOG.info("client gone: client={} why={}", talk.client(), why.description());
        }
    }

    private static void cancel(@Nullable ScheduledFuture<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private String name() {
        var talk = conversation;
        return talk == null ? "unknown" : talk.client().path();
    }
}
