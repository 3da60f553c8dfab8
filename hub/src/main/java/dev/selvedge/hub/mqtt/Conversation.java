package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.AckQueue.Slot;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.Inputs;
import dev.selvedge.hub.client.NotDeliveredException;
import dev.selvedge.hub.client.NotStored;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.client.Settling;
import dev.selvedge.hub.client.TwinAnswer;
import dev.selvedge.hub.client.TwinDesk;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.ClientText;
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
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.UnsubAck;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client that was let in says and is told: telemetry to the intake, twin requests to the desk, subscriptions to the session. A publish
 * is acknowledged when what it asked for is on disk, in the order the publishes came. The connection's event loop.
 */
final class Conversation implements TwinDesk.Reader, MethodTarget {
    /** Most topics in one packet: SDKs ask for a handful. */
    static final int MAX_TOPICS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    private final Identity client;
    private final Dialect dialect;
    private final int receiveMaximum;
    private Terms terms;
    private final Wire wire;
    private final Services services;
    private final Consumer<Departure> close;
    private final Outbox outbox;
    private final AckQueue acks = new AckQueue();
    private final Settling taking;
    private final Settling serving;
    private final Inputs inputs;
    private final TwinDesk desk;
    private final PendingCalls calls = new PendingCalls();
    private Session session;
    private @Nullable Runnable whenSettled;
    private int unacknowledged;
    private boolean ended;

    /**
     * @param terms what the client asked for in its CONNECT
     * @param receiveMaximum most publishes with quality of service 1 that the client may send without an acknowledgement
     * @param found the session that the client left and wants back
     * @param close ends the connection for the reason given
     */
    Conversation(
            Identity client,
            Dialect dialect,
            Terms terms,
            int receiveMaximum,
            @Nullable Session found,
            Wire wire,
            Services services,
            MqttOptions options,
            Consumer<Departure> close) {
        this.client = client;
        this.dialect = dialect;
        this.terms = terms;
        this.receiveMaximum = receiveMaximum;
        this.wire = wire;
        this.services = services;
        this.close = close;
        session = found == null ? Session.none(client) : found.endingAt(Session.NEVER);
        outbox = new Outbox(
                wire,
                options.ackTimeout(),
                terms,
                () -> close.accept(
                        new Departure(Cause.UNRESPONSIVE, "it does not read or does not acknowledge what it is sent")));
        taking = new Settling(options.settling(), wire::after);
        serving = new Settling(options.settling(), wire::after);
        inputs = new Inputs(client, services.endpoints(), wire::run, taking, this::sendInput);
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
        if (!ended && !seen.equals(session.seen())) {
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
        return outbox.publish(
                new Publication(Topics.desired(version), body),
                qos(Meaning.DESIRED).orElse(0));
    }

    @Override
    public CompletableFuture<MethodAnswer> call(MethodCall call) {
        if (!Topics.isMethodName(call.name())) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("it speaks MQTT, where a method's name has no / + #"));
        }
        var answer = calls.open(call);
        wire.run(() -> serving.then(() -> {
            if (ended) {
                calls.close("it is gone");
            } else if (!answer.isDone()) {
                var request = new Publication(Topics.method(call.name(), call.id()), call.payload());
                calls.carried(
                        answer, outbox.publish(request, qos(Meaning.METHODS).orElse(0)));
            }
        }));
        return answer;
    }

    private CompletionStage<Void> sendInput(String input, Delivery delivery) {
        var qos = qos(inputs());
        if (ended || qos.isEmpty()) {
            return CompletableFuture.failedFuture(new NotDeliveredException(client + " takes no messages now"));
        }
        return outbox.publish(dialect.input(client, input, delivery, System.currentTimeMillis()), qos.getAsInt());
    }

    /** The client has its CONNACK: what its session subscribed to flows again. */
    void start() {
        attach();
        beginSettling();
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

    /**
     * The client wants its session kept for another time than it said in its CONNECT.
     *
     * @throws ProtocolException when it had said that it wants none
     */
    void keepSession(long seconds) throws ProtocolException {
        if (!terms.keepsSession() && seconds > 0) {
            throw new ProtocolException("a DISCONNECT that wants a session kept, after a CONNECT that wanted none");
        }
        terms = terms.withSessionSeconds(seconds);
    }

    /** What becomes of the session of a client that is gone, and not because it came back. */
    CompletionStage<Void> leaveSession() {
        if (!terms.keepsSession()) {
            return services.sessions().clear(client);
        }
        return terms.sessionSeconds() == Terms.FOREVER
                ? CompletableFuture.completedStage(null)
                : services.sessions().leave(session, Duration.ofSeconds(terms.sessionSeconds()));
    }

    /** The connection is gone. */
    void end() {
        ended = true;
        inputs.attach(Set.of());
        services.methods().detach(client, this);
        calls.close("it went away before it answered");
        taking.end();
        serving.end();
        outbox.close();
    }

    void received(MqttMessage packet) throws ProtocolException {
        var type = packet.fixedHeader().messageType();
        switch (type) {
            case PUBLISH -> publish((MqttPublishMessage) packet);
            case PUBACK -> outbox.acknowledged((MqttMessageIdVariableHeader) packet.variableHeader());
            case SUBSCRIBE -> subscribe((MqttSubscribeMessage) packet);
            case UNSUBSCRIBE -> unsubscribe((MqttUnsubscribeMessage) packet);
            case PINGREQ -> wire.send(MqttMessage.PINGRESP);
            default -> throw new ProtocolException(type + " is not for a client to send here");
        }
    }

    private void publish(MqttPublishMessage packet) throws ProtocolException {
        dialect.check(packet);
        var qos = packet.fixedHeader().qosLevel();
        var asked = Topics.parse(packet.variableHeader().topicName(), client);
        var body = ByteBufUtil.getBytes(packet.payload());
        var id = packet.variableHeader().packetId();
        if (qos == MqttQoS.AT_LEAST_ONCE && ++unacknowledged > receiveMaximum) {
            throw new ProtocolException(
                    Disconnect.RECEIVE_MAXIMUM_EXCEEDED,
                    "more than " + receiveMaximum + " publishes without their acknowledgements");
        }
        var slot = acks.open(
                packet.fixedHeader().remainingLength(),
                qos == MqttQoS.AT_LEAST_ONCE ? () -> acknowledge(dialect.published(id)) : () -> {});
        handle(asked, packet, body)
                .whenComplete((answer, failure) -> wire.run(() -> {
                    settle(slot, qos, id, failure); // without the packet, which may wait long
                    if (failure == null && !ended) {
                        answer.run();
                    }
                }));
        holdBack();
    }

    private void holdBack() {
        if (acks.isFull()) {
            wire.pause();
        }
    }

    private void goOn() {
        checkSettled();
        if (wire.isPaused() && whenSettled == null && acks.hasRoom()) {
            wire.resume();
        }
    }

    private void acknowledge(MqttMessage answer) {
        unacknowledged--;
        wire.send(answer);
    }

    /** Completes when what was asked for is on disk, with what is to be sent after the PUBACK. */
    private CompletionStage<Runnable> handle(Inbound asked, MqttPublishMessage packet, byte[] body)
            throws ProtocolException {
        return switch (asked) {
            case Inbound.Telemetry(var bag) ->
                services.intake()
                        .accept(
                                flagged(message(dialect.properties(bag, packet), body), packet.fixedHeader()),
                                dialect.lifetime(packet))
                        .thenApply(_ -> Conversation::noAnswer);
            case Inbound.TwinReport(var rid) -> desk.report(body).thenApply(answer -> () -> answer(answer, rid));
            case Inbound.TwinGet(var rid) ->
                CompletableFuture.completedStage(() -> desk.get(found -> answer(found, rid)));
            case Inbound.MethodAnswer(var status, var rid) -> {
                if (!calls.answered(rid, new MethodAnswer(status, body))) {
                    LOG.debug("answer to a method that nobody waits for: client={} rid={}", client, rid);
                }
                yield CompletableFuture.completedStage(Conversation::noAnswer);
            }
            // acknowledged: Python's SDK would send it again, first of all, on each connection
            case Inbound.BrokenAnswer(var status, var rid) -> {
                var shown = ClientText.clip(status);
                LOG.warn("method answer refused, its status is no 32-bit integer: client={} status={}", client, shown);
                calls.broken(rid, "the status of its answer, '" + shown + "', is no 32-bit integer");
                yield CompletableFuture.completedStage(Conversation::noAnswer);
            }
        };
    }

    private static void noAnswer() {}

    private CompletionStage<Void> answer(TwinAnswer answer, @Nullable String rid) {
        var qos = qos(Meaning.TWIN_ANSWERS);
        if (rid == null || qos.isEmpty()) {
            return CompletableFuture.failedStage(new NotDeliveredException(client + " takes no answers"));
        }
        var topic = Topics.twinAnswer(answer.status(), rid, answer.version());
        return outbox.publish(new Publication(topic, answer.body()), qos.getAsInt());
    }

    private Message message(PropertyBag bag, byte[] body) throws ProtocolException {
        var message = new Message(client, bag.output(), bag.system(), bag.properties(), body);
        if (message.size() > Message.MAX_BYTES) {
            throw new ProtocolException(
                    Disconnect.PACKET_TOO_LARGE,
                    "a message of " + message.size() + " bytes with its properties, at most " + Message.MAX_BYTES
                            + " are taken");
        }
        return message;
    }

    /** The flags of a publish are properties of its message, as with edgeHub; its size does not count them, for the client cannot help DUP. */
    static Message flagged(Message message, MqttFixedHeader flags) {
        if (!flags.isRetain() && !flags.isDup()) {
            return message;
        }
        var properties = new LinkedHashMap<>(message.properties());
        if (flags.isRetain()) {
            properties.put("mqtt-retain", "true");
        }
        if (flags.isDup()) {
            properties.put("mqtt-dup", "true");
        }
        return new Message(message.sender(), message.output(), message.system(), properties, message.body());
    }

    private void settle(Slot slot, MqttQoS qos, int packetId, @Nullable Throwable failure) {
        if (ended) {
            return;
        }
        if (failure == null) {
            acks.settle(slot);
        } else if (!refuse(slot, qos, packetId, failure)) {
            close.accept(new Departure(Cause.NOT_STORED, "its message could not be stored"));
            return;
        }
        if (qos == MqttQoS.EXACTLY_ONCE) {
            close.accept(new Departure(
                    Cause.PROTOCOL,
                    "it published with quality of service 2; the message was taken, the service is not offered"));
            return;
        }
        goOn();
    }

    /** Whether the client could be told that its message is not stored. */
    private boolean refuse(Slot slot, MqttQoS qos, int packetId, Throwable failure) {
        var why = NotStored.because(failure);
        why.log(LOG, "message", client);
        if (qos != MqttQoS.AT_LEAST_ONCE) {
            return false;
        }
        var answer = dialect.notPublished(packetId, why.cause());
        answer.ifPresent(packet -> acks.settle(slot, () -> acknowledge(packet)));
        return answer.isPresent();
    }

    private void checkSettled() {
        if (whenSettled != null && acks.isEmpty()) {
            whenSettled.run();
        }
    }

    private void subscribe(MqttSubscribeMessage packet) throws ProtocolException {
        checkTopics("a SUBSCRIBE to", packet.payload().topicSubscriptions().size());
        if (packet.idAndPropertiesVariableHeader().properties().getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER)
                != null) {
            throw new ProtocolException(
                    Disconnect.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
                    "subscription identifiers are not offered, as CONNACK said");
        }
        var grants = packet.payload().topicSubscriptions().stream()
                .map(wanted -> grant(wanted.topicFilter(), wanted.qualityOfService()))
                .toList();
        logRefused(packet.payload().topicSubscriptions(), grants);
        var id = packet.variableHeader().messageId();
        save(packet, () -> {
            attach();
            if (follows()) {
                desk.remember();
            }
            wire.send(dialect.subscribed(id, grants));
            beginSettling();
            follow();
        });
    }

    private SubAck grant(String filter, MqttQoS qos) {
        if (subscriptions().admits(filter)) {
            session = session.with(subscriptions().with(filter, qos.value()));
            return qos == MqttQoS.AT_MOST_ONCE ? SubAck.GRANTED_QOS_0 : SubAck.GRANTED_QOS_1;
        }
        return Meaning.of(filter, client) == Meaning.FOREIGN ? SubAck.NOT_AUTHORIZED : SubAck.QUOTA_EXCEEDED;
    }

    /** One line for a packet, however much it asks for. */
    private void logRefused(List<MqttTopicSubscription> wanted, List<SubAck> grants) {
        var refused = IntStream.range(0, grants.size())
                .filter(i -> grants.get(i) == SubAck.NOT_AUTHORIZED || grants.get(i) == SubAck.QUOTA_EXCEEDED)
                .toArray();
        if (refused.length > 0) {
            LOG.warn(
                    "subscription refused, {}: client={} filter={} refused={} asked={}",
                    grants.get(refused[0]) == SubAck.NOT_AUTHORIZED ? "another client's topic" : "too many or too long",
                    client,
                    ClientText.clip(wanted.get(refused[0]).topicFilter()),
                    refused.length,
                    grants.size());
        }
    }

    private static void checkTopics(String packet, int topics) throws ProtocolException {
        if (topics == 0) {
            throw new ProtocolException(packet + " nothing");
        }
        if (topics > MAX_TOPICS) {
            throw new ProtocolException(
                    Disconnect.QUOTA_EXCEEDED, packet + " " + topics + " topics, at most " + MAX_TOPICS + " are taken");
        }
    }

    private void unsubscribe(MqttUnsubscribeMessage packet) throws ProtocolException {
        checkTopics("an UNSUBSCRIBE from", packet.payload().topics().size());
        var results = packet.payload().topics().stream()
                .map(filter -> subscriptions().filters().containsKey(filter)
                        ? UnsubAck.SUCCESS
                        : UnsubAck.NO_SUBSCRIPTION_EXISTED)
                .toList();
        packet.payload()
                .topics()
                .forEach(filter -> session = session.with(subscriptions().without(filter)));
        var id = packet.variableHeader().messageId();
        attach();
        save(packet, () -> wire.send(dialect.unsubscribed(id, results)));
    }

    /** Saves the session as the client wants it, and answers it then. */
    private void save(MqttMessage wish, Runnable answer) {
        var slot = acks.open(wish.fixedHeader().remainingLength(), () -> {});
        save().whenComplete((_, failure) -> wire.run(() -> {
            if (saved(failure)) {
                acks.settle(slot);
                answer.run();
                goOn();
            }
        }));
        holdBack();
    }

    private CompletionStage<Void> save() {
        return terms.keepsSession() ? services.sessions().save(session) : CompletableFuture.completedStage(null);
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
        inputs.attach(qos(inputs()).isPresent() ? inputNames() : Set.of());
        if (qos(Meaning.METHODS).isPresent()) {
            services.methods().attach(client, this);
        } else {
            services.methods().detach(client, this);
        }
    }

    /** What waited for a client that takes messages, or serves methods, may flow soon. */
    private void beginSettling() {
        if (qos(inputs()).isPresent()) {
            taking.begin();
        }
        if (qos(Meaning.METHODS).isPresent()) {
            serving.begin();
        }
    }

    private Meaning inputs() {
        return client.moduleId() == null ? Meaning.DEVICE_BOUND : Meaning.INPUTS;
    }

    private Set<String> inputNames() {
        return client.moduleId() == null
                ? Set.of(Inputs.DEVICE_BOUND)
                : services.routers().inputs(client);
    }

    private OptionalInt qos(Meaning meaning) {
        return subscriptions().qos(meaning);
    }

    private Subscriptions subscriptions() {
        return session.subscriptions();
    }
}
