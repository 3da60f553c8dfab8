package dev.selvedge.hub.mqtt;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.AckQueue.Slot;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.Inputs;
import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.client.TwinAnswer;
import dev.selvedge.hub.client.TwinDesk;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.delivery.Receiver.RejectedException;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodCall;
import dev.selvedge.hub.method.MethodTarget;
import dev.selvedge.hub.method.PendingCalls;
import dev.selvedge.hub.net.Wire;
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
final class Conversation implements TwinDesk.Reader, MethodTarget {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final int MAX_TOPIC_BYTES = 65_535;

    private final Identity client;
    private final boolean clean;
    private final Wire wire;
    private final Services services;
    private final Consumer<Departure> close;
    private final Outbox outbox;
    private final AckQueue acks = new AckQueue();
    private final Inputs inputs;
    private final TwinDesk desk;
    private final PendingCalls calls = new PendingCalls();
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
            Duration ackTimeout,
            Consumer<Departure> close) {
        this.client = client;
        this.clean = clean;
        this.wire = wire;
        this.services = services;
        this.close = close;
        session = found == null ? Session.none(client) : found;
        outbox = new Outbox(
                wire,
                ackTimeout,
                () -> close.accept(
                        new Departure(Cause.UNRESPONSIVE, "it does not read or does not acknowledge what it is sent")));
        inputs = new Inputs(client, services.endpoints(), wire::run, this::sendInput);
        desk = new TwinDesk(services.twins(), services.intake(), this);
    }

    Identity client() {
        return client;
    }

    @Override
    public Identity identity() {
        return client;
    }

    @Override
    public @Nullable Seen seen() {
        return session.seen();
    }

    @Override
    public void seen(Seen seen) {
        if (!seen.equals(session.seen())) {
            session = session.with(seen);
            save();
        }
    }

    @Override
    public boolean follows() {
        return !ended && qos(Meaning.DESIRED).isPresent();
    }

    @Override
    public CompletionStage<Void> patch(long version, byte[] body) {
        return outbox.publish(Topics.desired(version), qos(Meaning.DESIRED).orElse(0), body);
    }

    @Override
    public CompletableFuture<MethodAnswer> call(MethodCall call) {
        if (!Topics.isMethodName(call.name())) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("it speaks MQTT, where a method's name has no / + #"));
        }
        var answer = calls.open(call);
        wire.run(() -> {
            if (ended) {
                calls.close("it is gone");
            } else if (!answer.isDone()) {
                outbox.publish(
                        Topics.method(call.name(), call.id()),
                        qos(Meaning.METHODS).orElse(0),
                        call.payload());
            }
        });
        return answer;
    }

    private CompletionStage<Void> sendInput(String input, Delivery delivery) {
        var qos = qos(Meaning.INPUTS);
        if (ended || qos.isEmpty()) {
            return CompletableFuture.failedFuture(new NotDeliveredException(client + " takes no messages now"));
        }
        var message = delivery.message();
        var topic = Topics.input(client, input, message);
        var bytes = topic.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_TOPIC_BYTES) {
            return CompletableFuture.failedFuture(new RejectedException(
                    "its properties make a topic of " + bytes + " bytes, MQTT takes " + MAX_TOPIC_BYTES));
        }
        return outbox.publish(topic, qos.getAsInt(), message.body());
    }

    /** The client has its CONNACK: what its session subscribed to flows again. */
    void start() {
        attach();
        follow();
    }

    /** The routes changed. */
    void routesChanged() {
        if (!ended) {
            attach();
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
        services.methods().detach(client, this);
        calls.close("it went away before it answered");
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
        var id = packet.variableHeader().packetId();
        var slot = acks.open(body.length, qos == MqttQoS.AT_LEAST_ONCE ? () -> acknowledge(id) : () -> {});
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

    private void acknowledge(int packetId) {
        wire.send(MqttMessageBuilders.pubAck().packetId(packetId).build());
    }

    /** Completes when what was asked for is on disk, with what is to be sent after the PUBACK. */
    private CompletionStage<Runnable> handle(Inbound asked, byte[] body) throws ProtocolException {
        return switch (asked) {
            case Inbound.Telemetry(var bag) ->
                services.intake().accept(message(bag, body)).thenApply(_ -> Conversation::noAnswer);
            case Inbound.TwinReport(var rid) -> desk.report(body).thenApply(answer -> () -> answer(answer, rid));
            case Inbound.TwinGet(var rid) -> CompletableFuture.completedStage(() -> answer(desk.get(), rid));
            case Inbound.MethodAnswer(var status, var rid) -> {
                if (!calls.answered(rid, new MethodAnswer(status, body))) {
                    LOG.debug("answer to a method that nobody waits for: client={} rid={}", client, rid);
                }
                yield CompletableFuture.completedStage(Conversation::noAnswer);
            }
        };
    }

    private static void noAnswer() {}

    private void answer(TwinAnswer answer, @Nullable String rid) {
        var qos = qos(Meaning.TWIN_ANSWERS);
        if (rid != null && qos.isPresent()) {
            outbox.publish(Topics.twinAnswer(answer.status(), rid, answer.version()), qos.getAsInt(), answer.body());
        }
    }

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
            close.accept(new Departure(Cause.NOT_STORED, "its message could not be stored"));
            return;
        }
        acks.settle(slot);
        if (qos == MqttQoS.EXACTLY_ONCE) {
            close.accept(new Departure(
                    Cause.PROTOCOL,
                    "it published with quality of service 2; the message was taken, the service is not offered"));
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
                attach();
                wire.send(MqttMessageBuilders.subAck()
                        .packetId(id)
                        .addGrantedQoses(granted.toArray(MqttQoS[]::new))
                        .build());
                follow();
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
        attach();
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
            close.accept(new Departure(Cause.FAILURE, "its session could not be saved"));
        }
        return failure == null && !ended;
    }

    private void follow() {
        if (follows()) {
            desk.follow();
        }
    }

    private void attach() {
        inputs.attach(qos(Meaning.INPUTS).isPresent() ? services.routers().inputs(client) : Set.of());
        if (qos(Meaning.METHODS).isPresent()) {
            services.methods().attach(client, this);
        } else {
            services.methods().detach(client, this);
        }
    }

    private OptionalInt qos(Meaning meaning) {
        return subscriptions().qos(meaning);
    }

    private Subscriptions subscriptions() {
        return session.subscriptions();
    }
}
