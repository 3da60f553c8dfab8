package dev.selvedge.hub.mqtt;

import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.mqtt.AckQueue.Slot;
import dev.selvedge.hub.session.Meaning;
import dev.selvedge.hub.session.Session;
import dev.selvedge.hub.session.Session.Seen;
import dev.selvedge.hub.session.Subscriptions;
import dev.selvedge.identity.Identity;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client that was let in says and is told: telemetry to the intake, twin requests to the desk, subscriptions to the session. A publish
 * is acknowledged when what it asked for is on disk, in the order the publishes came. The connection's event loop.
 */
final class Conversation implements TwinDesk.Box {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    private final Identity client;
    private final boolean clean;
    private final Wire wire;
    private final Services services;
    private final Consumer<String> close;
    private final Outbox outbox;
    private final AckQueue acks;
    private final Inputs inputs;
    private final TwinDesk desk;
    private Session session;
    private @Nullable Runnable whenSettled;
    private boolean ended;

    /**
     * @param found the session that the client left and wants back
     * @param close ends the connection for the reason given
     */
    Conversation(
            Identity client,
            boolean clean,
            @Nullable Session found,
            Wire wire,
            Services services,
            Consumer<String> close) {
        this.client = client;
        this.clean = clean;
        this.wire = wire;
        this.services = services;
        this.close = close;
        session = found == null ? Session.none(client) : found;
        outbox = new Outbox(
                wire,
                services.options().ackTimeout(),
                () -> close.accept("it does not read or does not acknowledge what it is sent"));
        acks = new AckQueue(
                id -> wire.send(MqttMessageBuilders.pubAck().packetId(id).build()));
        inputs = new Inputs(
                client,
                wire,
                outbox,
                services.endpoints(),
                () -> subscriptions().qos(Meaning.INPUTS));
        desk = new TwinDesk(services.twins(), wire, outbox, this);
    }

    Identity client() {
        return client;
    }

    @Override
    public Session session() {
        return session;
    }

    @Override
    public void seen(Seen seen) {
        if (!seen.equals(session.seen())) {
            session = session.with(seen);
            save();
        }
    }

    /** The client has its CONNACK: what its session subscribed to flows again. */
    void start() {
        subscribed();
    }

    /** The routes changed. */
    void routesChanged() {
        if (!ended) {
            attachInputs();
        }
    }

    /** The client's desired properties changed. */
    void desiredChanged() {
        if (!ended) {
            desk.tell();
        }
    }

    /** Runs the task when all that was received is settled. */
    void whenSettled(Runnable task) {
        whenSettled = task;
        checkSettled();
    }

    /** The connection is gone. */
    void end() {
        ended = true;
        inputs.attach(Set.of());
        outbox.close();
    }

    void received(MqttMessage packet) throws ProtocolException {
        var type = packet.fixedHeader().messageType();
        switch (type) {
            case PUBLISH -> publish((MqttPublishMessage) packet);
            case PUBACK -> outbox.acknowledged(((MqttMessageIdVariableHeader) packet.variableHeader()).messageId());
            case SUBSCRIBE -> subscribe((MqttSubscribeMessage) packet);
            case UNSUBSCRIBE -> unsubscribe((MqttUnsubscribeMessage) packet);
            case PINGREQ -> wire.send(MqttMessage.PINGRESP);
            default -> throw new ProtocolException(type + " is not for a client to send here");
        }
    }

    private void publish(MqttPublishMessage packet) throws ProtocolException {
        var qos = packet.fixedHeader().qosLevel();
        var body = ByteBufUtil.getBytes(packet.payload());
        var topic = packet.variableHeader().topicName();
        var asked = Topics.parse(topic, client);
        var slot =
                acks.open(qos == MqttQoS.AT_LEAST_ONCE ? packet.variableHeader().packetId() : 0, body.length);
        handle(asked, body)
                .whenComplete((answer, failure) -> wire.run(() -> {
                    settle(slot, qos, topic, failure);
                    if (failure == null && !ended) {
                        answer.run();
                    }
                }));
        if (acks.isFull()) {
            wire.pause();
        }
    }

    /** Completes when what was asked for is on disk, with what is to be sent after the PUBACK. */
    private CompletionStage<Runnable> handle(Inbound asked, byte[] body) throws ProtocolException {
        return switch (asked) {
            case Inbound.Telemetry(var bag) ->
                services.intake().accept(message(bag, body)).thenApply(_ -> Conversation::noAnswer);
            case Inbound.TwinReport(var rid) -> desk.report(rid, body);
            case Inbound.TwinGet(var rid) -> CompletableFuture.completedStage(desk.get(rid));
            case Inbound.MethodAnswer(var status, var rid) -> {
                LOG.debug("answer to a method that nobody called: client={} rid={} status={}", client, rid, status);
                yield CompletableFuture.completedStage(Conversation::noAnswer);
            }
        };
    }

    private static void noAnswer() {}

    private Message message(PropertyBag bag, byte[] body) throws ProtocolException {
        var message = new Message(client, bag.output(), bag.system(), bag.properties(), body);
        if (message.size() > Message.MAX_BYTES) {
            throw new ProtocolException("a message of " + message.size() + " bytes with its properties, at most "
                    + Message.MAX_BYTES + " are taken");
        }
        return message;
    }

    private void settle(Slot slot, MqttQoS qos, String topic, @Nullable Throwable failure) {
        if (ended) {
            return;
        }
        if (failure != null) {
            LOG.warn(
                    "message not stored and not acknowledged: client={} topic={}", client, Topics.clip(topic), failure);
            close.accept("its message could not be stored");
            return;
        }
        acks.settle(slot);
        if (qos == MqttQoS.EXACTLY_ONCE) {
            close.accept("it published with quality of service 2; the message was taken, the service is not offered");
            return;
        }
        checkSettled();
        if (wire.isPaused() && whenSettled == null && acks.hasRoom()) {
            wire.resume();
        }
    }

    private void checkSettled() {
        if (whenSettled != null && acks.isEmpty()) {
            whenSettled.run();
        }
    }

    private void subscribe(MqttSubscribeMessage packet) throws ProtocolException {
        if (packet.payload().topicSubscriptions().isEmpty()) {
            throw new ProtocolException("a SUBSCRIBE to nothing");
        }
        var granted = new ArrayList<MqttQoS>();
        for (var wanted : packet.payload().topicSubscriptions()) {
            var filter = wanted.topicFilter();
            if (subscriptions().admits(filter)) {
                session = session.with(
                        subscriptions().with(filter, wanted.qualityOfService().value()));
                granted.add(
                        wanted.qualityOfService() == MqttQoS.AT_MOST_ONCE
                                ? MqttQoS.AT_MOST_ONCE
                                : MqttQoS.AT_LEAST_ONCE);
            } else {
                LOG.warn(
                        "subscription refused, another client's topic or too many: client={} filter={}",
                        client,
                        Topics.clip(filter));
                granted.add(MqttQoS.FAILURE);
            }
        }
        var id = packet.variableHeader().messageId();
        save().whenComplete((_, failure) -> wire.run(() -> {
            if (saved(failure)) {
                wire.send(MqttMessageBuilders.subAck()
                        .packetId(id)
                        .addGrantedQoses(granted.toArray(MqttQoS[]::new))
                        .build());
                subscribed();
            }
        }));
    }

    private void unsubscribe(MqttUnsubscribeMessage packet) throws ProtocolException {
        if (packet.payload().topics().isEmpty()) {
            throw new ProtocolException("an UNSUBSCRIBE from nothing");
        }
        packet.payload()
                .topics()
                .forEach(filter -> session = session.with(subscriptions().without(filter)));
        var id = packet.variableHeader().messageId();
        attachInputs();
        save().whenComplete((_, failure) -> wire.run(() -> {
            if (saved(failure)) {
                wire.send(MqttMessageBuilders.unsubAck().packetId(id).build());
            }
        }));
    }

    private CompletionStage<Void> save() {
        return clean
                ? CompletableFuture.completedStage(null)
                : services.sessions().save(session);
    }

    private boolean saved(@Nullable Throwable failure) {
        if (failure != null && !ended) {
            LOG.error("session not saved: client={}", client, failure);
            close.accept("its session could not be saved");
        }
        return failure == null && !ended;
    }

    private void subscribed() {
        attachInputs();
        if (subscriptions().qos(Meaning.DESIRED).isPresent()) {
            desk.follow();
        }
    }

    private void attachInputs() {
        var takes = subscriptions().qos(Meaning.INPUTS).isPresent();
        inputs.attach(takes ? services.routers().inputs(client) : Set.of());
    }

    private Subscriptions subscriptions() {
        return session.subscriptions();
    }
}
