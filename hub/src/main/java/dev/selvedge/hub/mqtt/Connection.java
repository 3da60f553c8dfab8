package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.Client;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.net.OpenConnection;
import dev.selvedge.hub.net.Wire;
import dev.selvedge.hub.security.AuthResult;
import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.hub.session.Session;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
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

    /** Largest CONNECT: user name and token have at most 4 KiB each, and a will has the rest. */
    static final int MAX_CONNECT = 24 * 1024;

    private static final int MAX_CLIENT_ID = 300;
    private static final Duration GOODBYE_WITHIN = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final Services services;
    private final MqttOptions options;
    private final Wire wire;
    private final ScheduledFuture<?> connectTimer;
    private final CompletableFuture<Void> admitted = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable ScheduledFuture<?> silenceTimer;
    private @Nullable ScheduledFuture<?> tokenTimer;
    private Dialect dialect = new Mqtt311();
    private @Nullable Conversation conversation;
    private @Nullable Will will;
    private @Nullable Accepted shown;
    private boolean connecting;
    /** It has its CONNACK: nothing may come before that. */
    private boolean welcomed;

    private long lastHeard = System.nanoTime();

    Connection(NetSocketInternal socket, Services services, MqttOptions options) {
        this.services = services;
        this.options = options;
        var pipeline = socket.channelHandlerContext().pipeline();
        pipeline.addBefore("handler", "mqttEncoder", MqttEncoder.INSTANCE);
        pipeline.addBefore("handler", "mqttDecoder", new MqttDecoder(MAX_PACKET, MAX_CLIENT_ID));
        wire = new Wire(
                socket, this::received, () -> end(new Departure(Cause.LEFT, "the client closed the connection")));
        connectTimer = wire.after(
                options.connectTimeout(), () -> violation(new ProtocolException("no CONNECT within the time for it")));
    }

    @Override
    public void desiredChanged() {
        wire.run(() -> {
            if (conversation != null && welcomed) {
                conversation.desiredChanged();
            }
        });
    }

    @Override
    public void credentialsChanged() {
        wire.run(() -> {
            var accepted = shown;
            if (accepted != null && !services.authenticator().stillGood(accepted)) {
                end(new Departure(Cause.NOT_AUTHORIZED, "what it showed is not good any more"));
            }
        });
    }

    @Override
    public void routesChanged() {
        wire.run(() -> {
            if (conversation != null && welcomed) {
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
    public CompletableFuture<Void> admitted() {
        return admitted;
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
        if (!(decoded instanceof MqttMessage packet) || closed.isDone()) {
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
                left(current, packet);
            } else {
                current.received(packet);
            }
        } catch (ProtocolException e) {
            violation(e);
        } catch (RuntimeException e) {
            LOG.error("connection closed, the hub failed to handle a packet: client={}", name(), e);
            end(new Departure(Cause.FAILURE, "the hub failed to handle a packet"));
        }
    }

    private void left(Conversation talk, MqttMessage disconnect) throws ProtocolException {
        var keepsWill = false;
        if (disconnect.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
            var seconds = Terms.sessionSeconds(header.properties());
            if (seconds.isPresent()) {
                talk.keepSession(seconds.getAsLong());
            }
            keepsWill = header.reasonCode() == Disconnect.DISCONNECT_WITH_WILL_MESSAGE.byteValue();
        }
        if (!keepsWill) {
            will = null;
        }
        end(new Departure(Cause.LEFT, "the client disconnected"));
    }

    private void undecodable(Throwable cause) {
        if (conversation == null && cause instanceof MqttUnacceptableProtocolVersionException) {
            refuse(Refusal.PROTOCOL, ClientText.clip(String.valueOf(cause.getMessage())));
        } else if (conversation == null && cause instanceof MqttIdentifierRejectedException) {
            refuse(Refusal.CLIENT_ID, ClientText.clip(String.valueOf(cause.getMessage())));
        } else {
            violation(new ProtocolException(
                    Disconnect.MALFORMED_PACKET,
                    "bytes that are no MQTT packet, or a packet of more than " + MAX_PACKET + ": "
                            + ClientText.clip(String.valueOf(cause))));
        }
    }

    private void connect(MqttConnectMessage packet) throws ProtocolException {
        if (conversation != null || connecting) {
            throw new ProtocolException("a second CONNECT");
        }
        connecting = true;
        connectTimer.cancel(false);
        if (packet.fixedHeader().remainingLength() > MAX_CONNECT) {
            throw new ProtocolException(
                    Disconnect.PACKET_TOO_LARGE,
                    "a CONNECT of " + packet.fixedHeader().remainingLength() + " bytes, at most " + MAX_CONNECT
                            + " are taken");
        }
        var level = packet.variableHeader().version();
        if (level != MqttVersion.MQTT_3_1_1.protocolLevel() && level != MqttVersion.MQTT_5.protocolLevel()) {
            refuse(Refusal.PROTOCOL, "MQTT level " + level + "; this hub speaks 3.1.1, level 4, and 5");
            return;
        }
        var terms = Terms.of(packet);
        if (level == MqttVersion.MQTT_5.protocolLevel()) {
            dialect = new Mqtt5(terms.wantsReasons());
        }
        if (packet.variableHeader().properties().getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
            refuse(Refusal.AUTHENTICATION_METHOD, "user name and password are all that this hub asks for");
            return;
        }
        if (services.routers().current().isEmpty()) {
            refuse(Refusal.NOT_CONFIGURED, "the hub has no configuration yet, messages would be lost");
            return;
        }
        var payload = packet.payload();
        var password = payload.passwordInBytes();
        var result = services.authenticator()
                .authenticate(
                        payload.clientIdentifier(),
                        payload.userName(),
                        password == null ? null : new String(password, StandardCharsets.UTF_8),
                        wire.certificate().flatMap(ClientCertificate::of));
        switch (result) {
            case Refused(var cause, var reason) ->
                refuse(
                        refusal(cause),
                        "client id '" + ClientText.clip(payload.clientIdentifier()) + "': "
                                + ClientText.printable(reason));
            case Accepted accepted -> queue(accepted, packet, terms);
        }
    }

    private static Refusal refusal(AuthResult.Cause cause) {
        return switch (cause) {
            case MALFORMED -> Refusal.USER_NAME;
            case NOT_AUTHORIZED -> Refusal.NOT_AUTHENTICATED;
            case UNKNOWN -> Refusal.UNKNOWN_IDENTITY;
        };
    }

    private void queue(Accepted accepted, MqttConnectMessage packet, Terms terms) {
        var patience = services.clients().patience(accepted.identity());
        if (patience.isZero()) {
            admit(accepted, packet, terms);
            return;
        }
        LOG.debug("client waits, it was sent away again and again: client={} for={}", accepted.identity(), patience);
        wire.pause();
        wire.after(patience, () -> {
            if (!closed.isDone()) {
                admit(accepted, packet, terms);
            }
        });
    }

    private void admit(Accepted accepted, MqttConnectMessage packet, Terms terms) {
        var identity = accepted.identity();
        try {
            will = Will.of(packet, identity);
        } catch (ProtocolException e) {
            refuse(Refusal.WILL, "the will of " + identity + ": " + e.getMessage());
            return;
        }
        if (!services.clients().admit(identity, this)) {
            refuse(
                    Refusal.TOO_MANY_CLIENTS,
                    "no room for " + identity + " beside " + services.clients().connected() + " clients");
            return;
        }
        var found =
                terms.cleanStart() ? null : services.sessions().find(identity).orElse(null);
        var talk =
                new Conversation(identity, dialect, terms, receiveMaximum(), found, wire, services, options, this::end);
        conversation = talk;
        admitted.complete(null);
        wire.pause();
        prepare(identity, terms, found)
                .whenComplete((_, failure) -> wire.run(() -> {
                    if (failure != null) {
                        LOG.error("session not cleared: client={}", identity, failure);
                        end(new Departure(Cause.FAILURE, "its session could not be cleared"));
                    } else if (!closed.isDone()) {
                        welcome(accepted, talk, found != null, packet);
                    }
                }));
    }

    /** Of the session on disk, nothing is left that the client does not want, and it has no end while the client is there. */
    private CompletionStage<Void> prepare(Identity identity, Terms terms, @Nullable Session found) {
        if (terms.cleanStart() || !terms.keepsSession()) {
            return services.sessions().clear(identity);
        }
        return found == null || found.endMillis() == Session.NEVER
                ? CompletableFuture.completedStage(null)
                : services.sessions().save(found.endingAt(Session.NEVER));
    }

    private int receiveMaximum() {
        // 3.1.1 has no such limit: the hub stops reading instead
        return dialect instanceof Mqtt5 ? AckQueue.MAX_PENDING : Integer.MAX_VALUE;
    }

    private void welcome(Accepted accepted, Conversation talk, boolean sessionPresent, MqttConnectMessage packet) {
        shown = accepted;
        credentialsChanged();
        if (closed.isDone()) {
            return;
        }
        LOG.info(
                "client connected: client={} from={} session={} tokenUntil={}",
                accepted.identity(),
                wire.remote(),
                sessionPresent,
                accepted.expiry());
        var keepAlive = keepAlive(packet.variableHeader().keepAliveTimeSeconds());
        var assigned = Optional.of(accepted.identity().path())
                .filter(_ -> packet.payload().clientIdentifier().isEmpty());
        wire.send(dialect.accepted(sessionPresent, assigned, keepAlive));
        welcomed = true;
        tokenTimer = wire.after(accepted.remaining(), () -> end(new Departure(Cause.EXPIRED, "its token expired")));
        // half as long again as the client promised to be silent at most
        watch(keepAlive.multipliedBy(3).dividedBy(2));
        talk.start();
        wire.resume();
    }

    private Duration keepAlive(int askedSeconds) {
        var longest = options.maxKeepAlive().multipliedBy(2).dividedBy(3);
        var asked = Duration.ofSeconds(askedSeconds);
        return askedSeconds == 0 || asked.compareTo(longest) > 0 ? longest : asked;
    }

    private void watch(Duration allowed) {
        var silent = Duration.ofNanos(System.nanoTime() - lastHeard);
        if (wire.isPaused()) {
            lastHeard = System.nanoTime();
            silenceTimer = wire.after(allowed, () -> watch(allowed));
        } else if (silent.compareTo(allowed) >= 0) {
            var why = wire.isClogged() ? "it does not read what it is sent, " : "nothing heard ";
            end(new Departure(Cause.UNRESPONSIVE, why + "for " + silent.toSeconds() + " s"));
        } else {
            silenceTimer = wire.after(allowed.minus(silent).plusMillis(1), () -> watch(allowed));
        }
    }

    private void refuse(Refusal refusal, String why) {
        LOG.warn("client refused: from={} cause={} reason={}", wire.remote(), refusal.label(), why);
        services.meters().refused(refusal.label());
        wire.send(dialect.refused(refusal, why))
                .onComplete(_ -> end(new Departure(Cause.NOT_AUTHORIZED, "refused"), Optional.empty()));
    }

    private void violation(ProtocolException rule) {
        if (!closed.isDone()) {
            LOG.warn(
                    "connection closed, the client broke a rule: client={} from={} rule={} cause={}",
                    name(),
                    wire.remote(),
                    rule.getMessage(),
                    rule.getCause() == null
                            ? ""
                            : ClientText.clip(rule.getCause().toString()));
            end(new Departure(Cause.PROTOCOL, String.valueOf(rule.getMessage())), Optional.of(rule.code()));
        }
    }

    private void end(Departure why) {
        end(why, Optional.empty());
    }

    private void end(Departure why, Optional<Disconnect> code) {
        if (!closed.complete(null)) {
            return;
        }
        connectTimer.cancel(false);
        cancel(silenceTimer);
        cancel(tokenTimer);
        var talk = conversation;
        var goodbye =
                !welcomed || why.cause() == Cause.LEFT ? Optional.<MqttMessage>empty() : dialect.goodbye(why, code);
        if (goodbye.isPresent()) {
            wire.after(GOODBYE_WITHIN, wire::close);
            wire.send(goodbye.get()).onComplete(_ -> wire.close());
        } else {
            wire.close();
        }
        if (talk != null) {
            leave(talk, why);
        }
    }

    private void leave(Conversation talk, Departure why) {
        talk.end();
        if (services.clients().gone(talk.client(), this, why) && why.cause() != Cause.NOT_AUTHORIZED) {
            talk.leaveSession().whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("session not saved: client={}", talk.client(), failure);
                }
            });
        }
        if (will != null && why.cause() != Cause.SHUTDOWN && why.cause() != Cause.NOT_AUTHORIZED) {
            will.publish(services.intake());
        }
        LOG.info("client gone: client={} why={}", talk.client(), why.description());
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
