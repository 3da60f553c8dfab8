package dev.selvedge.hub.amqp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

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
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodCall;
import dev.selvedge.hub.method.MethodTarget;
import dev.selvedge.hub.method.PendingCalls;
import dev.selvedge.hub.session.Session;
import dev.selvedge.hub.session.Session.Seen;
import dev.selvedge.identity.Identity;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client that was let in says and is told, on a pair of links for each subject: messages, twin, methods. A message is accepted when it
 * is on disk, in the order messages came. The connection's event loop.
 */
final class Conversation implements TwinDesk.Reader, MethodTarget {
    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);
    private static final String REPORTED = "/properties/reported";
    private static final String DESIRED_CHANGES = "/notifications/twin/properties/desired";
    private static final int OK = 200;
    /** Largest delivery, in bytes: a batch. */
    private static final int MAX_DELIVERY = 1024 * 1024;
    /** What a message takes beside its bytes while it is being stored, about. */
    private static final int MESSAGE_BYTES = 512;

    private final Identity client;
    private final Engine engine;
    private final Services services;
    private final Duration ackTimeout;
    private final Consumer<Departure> close;
    private final AckQueue acks = new AckQueue();
    private final Settling taking;
    private final Settling serving;
    private final Inputs inputs;
    private final TwinDesk desk;
    private final PendingCalls calls = new PendingCalls();
    private Session session;
    private @Nullable OutLink events;
    private @Nullable OutLink twin;
    private @Nullable OutLink methods;
    /** Completes when all telemetry that came is with the intake; what comes then is stored after it. */
    private CompletableFuture<Void> turn = CompletableFuture.completedFuture(null);

    private boolean following;
    private @Nullable Runnable whenSettled;
    private boolean ended;

    /** @param close ends the connection for the reason given */
    Conversation(Identity client, Engine engine, Services services, AmqpOptions options, Consumer<Departure> close) {
        this.client = client;
        this.engine = engine;
        this.services = services;
        ackTimeout = options.ackTimeout();
        this.close = close;
        session = services.sessions().find(client).orElseGet(() -> Session.none(client));
        taking = new Settling(options.settling(), engine::after);
        serving = new Settling(options.settling(), engine::after);
        inputs = new Inputs(client, services.endpoints(), engine::run, taking, this::sendInput);
        desk = new TwinDesk(services.twins(), services.intake(), this);
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
            services.sessions().save(session).whenComplete((_, failure) -> {
                if (failure != null) {
                    // it is told again after the next start what it has seen already
                    LOG.error("session not saved: client={}", client, failure);
                }
            });
        }
    }

    @Override
    public boolean follows() {
        return !ended && following && twin != null;
    }

    @Override
    public CompletionStage<Void> patch(long version, byte[] body) {
        var annotations = new HashMap<Symbol, Object>();
        annotations.put(Symbol.valueOf("resource"), "/properties/desired");
        annotations.put(Symbol.valueOf("version"), version);
        annotations.put(Symbol.valueOf("status"), OK);
        return send(twin, null, annotations, null, body);
    }

    @Override
    public CompletableFuture<MethodAnswer> call(MethodCall call) {
        var answer = calls.open(call);
        engine.run(() -> serving.then(() -> {
            if (ended) {
                calls.close("it is gone");
            } else if (!answer.isDone()) {
                var name = new HashMap<String, Object>();
                name.put("IoThub-methodname", call.name());
                var sent = send(methods, UUID.fromString(call.id()), null, name, call.payload());
                calls.carried(answer, sent);
                // it waited for credit on a link that is gone
                sent.whenComplete((_, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(failure);
                    }
                });
            }
        }));
        return answer;
    }

    /** The client opens a link of its own; fails when there is no such link. */
    void attach(LinkAddress.Purpose purpose, Link link) throws AmqpException {
        switch (link) {
            case Receiver receiver -> {
                var sink = switch (purpose) {
                    case EVENTS -> (InLink.Sink) this::telemetry;
                    case TWIN -> (InLink.Sink) this::twinRequest;
                    case METHODS -> (InLink.Sink) this::methodAnswer;
                    default -> throw notThere(purpose, link);
                };
                new InLink(receiver, MAX_DELIVERY, sink).open();
            }
            case Sender sender -> {
                var out = new OutLink(sender, engine, ackTimeout, close);
                switch (purpose) {
                    // a module gets its inputs on the one, a device what is sent to it on the other
                    case EVENTS -> open(out, client.moduleId() != null);
                    case DEVICE_BOUND -> open(out, client.moduleId() == null);
                    case TWIN -> {
                        out.open(SenderSettleMode.SETTLED);
                        var older = twin;
                        twin = out;
                        following = true;
                        desk.follow();
                        replaced(older);
                    }
                    case METHODS -> {
                        out.open(SenderSettleMode.SETTLED);
                        var older = methods;
                        methods = out;
                        services.methods().attach(client, this);
                        serving.begin();
                        replaced(older);
                    }
                    default -> throw notThere(purpose, link);
                }
            }
            default -> throw notThere(purpose, link);
        }
    }

    private void open(OutLink out, boolean carriesMessages) {
        out.open(SenderSettleMode.UNSETTLED);
        if (carriesMessages) {
            var older = events;
            events = out;
            routesChanged();
            taking.begin();
            replaced(older);
        }
    }

    private static void replaced(@Nullable OutLink older) {
        if (older != null) {
            older.replaced();
        }
    }

    private static AmqpException notThere(LinkAddress.Purpose purpose, Link link) {
        return new AmqpException(
                AmqpException.NOT_FOUND, "there is no link of this direction for " + purpose + ": " + link.getName());
    }

    /** A link is gone. */
    void detached(OutLink link) {
        if (link == events) {
            events = null;
            inputs.attach(Set.of());
        } else if (link == twin) {
            twin = null;
        } else if (link == methods) {
            methods = null;
            services.methods().detach(client, this);
        }
        link.close();
    }

    void routesChanged() {
        if (!ended) {
            inputs.attach(events == null ? Set.of() : inputNames());
        }
    }

    private Set<String> inputNames() {
        return client.moduleId() == null
                ? Set.of(Inputs.DEVICE_BOUND)
                : services.routers().inputs(client);
    }

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
        taking.end();
        serving.end();
        for (var link : new OutLink[] {events, twin, methods}) {
            if (link != null) {
                link.close();
            }
        }
    }

    private void telemetry(Delivery delivery, byte[] bytes) {
        var incoming = new Incoming(client, bytes, delivery.getMessageFormat() == Sections.BATCH);
        List<Message> first;
        try {
            first = incoming.next();
            incoming.check();
        } catch (AmqpException e) {
            LOG.warn("message rejected: client={} reason={}", client, e.getMessage());
            acks.settle(acks.open(bytes.length, () -> settle(delivery, e.rejected())));
            return;
        }
        var slot =
                acks.open(bytes.length + first.size() * MESSAGE_BYTES, () -> settle(delivery, Accepted.getInstance()));
        var handedOver = new CompletableFuture<Void>();
        turn.thenCompose(_ -> store(first, incoming, handedOver))
                .whenComplete((_, failure) -> engine.run(() -> stored("message", slot, failure)));
        turn = handedOver;
        holdBack();
    }

    /** @param handedOver to be completed when the intake has all, stored or not */
    private CompletableFuture<Void> store(List<Message> messages, Incoming rest, CompletableFuture<Void> handedOver) {
        var stored = CompletableFuture.allOf(messages.stream()
                .map(message -> services.intake().accept(message).toCompletableFuture())
                .toArray(CompletableFuture[]::new));
        if (!rest.hasMore()) {
            handedOver.complete(null);
            return stored;
        }
        return stored.thenComposeAsync(_ -> storeRest(rest, handedOver), engine::run);
    }

    private CompletableFuture<Void> storeRest(Incoming rest, CompletableFuture<Void> handedOver) {
        if (ended) {
            return CompletableFuture.failedFuture(new IllegalStateException(client + " is gone"));
        }
        try {
            return store(rest.next(), rest, handedOver);
        } catch (AmqpException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void holdBack() {
        if (acks.isFull()) {
            engine.wire().pause();
        }
    }

    private void stored(String what, Slot slot, @Nullable Throwable failure) {
        if (ended) {
            return;
        }
        if (failure != null) {
            NotStored.because(failure).log(LOG, what, client);
            close.accept(new Departure(Cause.NOT_STORED, "its " + what + " could not be stored"));
            return;
        }
        acks.settle(slot);
        checkSettled();
        if (engine.wire().isPaused() && whenSettled == null && acks.hasRoom()) {
            engine.wire().resume();
        }
    }

    private void checkSettled() {
        if (whenSettled != null && acks.isEmpty()) {
            whenSettled.run();
        }
    }

    private static void settle(Delivery delivery, DeliveryState outcome) {
        delivery.disposition(outcome);
        delivery.settle();
    }

    private void twinRequest(Delivery delivery, byte[] bytes) throws AmqpException {
        settle(delivery, Accepted.getInstance());
        var request = Sections.decode(bytes);
        var id = request.getCorrelationId();
        var operation = String.valueOf(Sections.annotation(request, "operation"));
        var resource = Sections.annotation(request, "resource");
        switch (operation) {
            case "GET" -> desk.get(found -> answer(id, found));
            case "PATCH" -> {
                if (resource != null && !resource.toString().equalsIgnoreCase(REPORTED)) {
                    refuse(id, "PATCH is for " + REPORTED + ", not " + resource);
                } else {
                    report(id, Sections.body(request));
                }
            }
            case "PUT", "DELETE" -> {
                if (resource != null && !resource.toString().equalsIgnoreCase(DESIRED_CHANGES)) {
                    refuse(id, operation + " is for " + DESIRED_CHANGES + ", not " + resource);
                } else {
                    following = operation.equals("PUT");
                    var _ = answer(id, new TwinAnswer(OK, null, new byte[0]));
                    desk.follow();
                }
            }
            default -> refuse(id, "the operation '" + operation + "' is none of GET, PATCH, PUT, DELETE");
        }
    }

    private void report(@Nullable Object id, byte[] body) {
        var slot = acks.open(body.length, () -> {});
        desk.report(body)
                .whenComplete((answer, failure) -> engine.run(() -> {
                    try {
                        if (failure == null && !ended) {
                            var _ = answer(id, answer);
                        }
                    } finally {
                        stored("reported properties", slot, failure);
                    }
                }));
        holdBack();
    }

    private void refuse(@Nullable Object id, String why) {
        var _ = answer(id, TwinDesk.refusal(400, why));
    }

    private CompletionStage<Void> answer(@Nullable Object id, TwinAnswer answer) {
        var annotations = new HashMap<Symbol, Object>();
        annotations.put(Symbol.valueOf("status"), answer.status());
        if (answer.version() != null) {
            annotations.put(Symbol.valueOf("version"), answer.version());
        }
        return send(twin, id, annotations, null, answer.body());
    }

    private void methodAnswer(Delivery delivery, byte[] bytes) throws AmqpException {
        settle(delivery, Accepted.getInstance());
        var message = Sections.decode(bytes);
        var id = String.valueOf(message.getCorrelationId());
        if (!(Sections.property(message, "IoThub-status") instanceof Number status)) {
            throw new AmqpException(AmqpException.DECODE, "an answer to a method has a number IoThub-status");
        }
        if (!calls.answered(id, new MethodAnswer(status.intValue(), Sections.body(message)))) {
            LOG.debug("answer to a method that nobody waits for: client={} id={}", client, id);
        }
    }

    private CompletionStage<Void> sendInput(String input, dev.selvedge.hub.delivery.Delivery delivery) {
        if (ended || events == null) {
            return CompletableFuture.failedFuture(new NotDeliveredException(client + " takes no messages now"));
        }
        var token = UUID.randomUUID();
        var tag = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(token.getMostSignificantBits())
                .putLong(token.getLeastSignificantBits())
                .array();
        return events.send(tag, Sections.encode(Telemetry.input(input, delivery, token)));
    }

    /** Completes when it was handed to the client, as {@link OutLink#send(byte[])} does. */
    private CompletableFuture<Void> send(
            @Nullable OutLink link,
            @Nullable Object correlationId,
            @Nullable Map<Symbol, Object> annotations,
            @Nullable Map<String, Object> properties,
            byte[] body) {
        if (link == null) {
            return CompletableFuture.failedFuture(new NotDeliveredException(client + " has no link for it"));
        }
        var message = org.apache.qpid.proton.message.Message.Factory.create();
        if (correlationId != null) {
            message.setCorrelationId(correlationId);
        }
        if (annotations != null) {
            message.setMessageAnnotations(new MessageAnnotations(annotations));
        }
        if (properties != null) {
            message.setApplicationProperties(new ApplicationProperties(properties));
        }
        message.setBody(new Data(new Binary(body)));
        return link.send(Sections.encode(message));
    }
}
