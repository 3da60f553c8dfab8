package dev.selvedge.hub.amqp;

import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

import dev.selvedge.hub.client.Client;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.net.OpenConnection;
import dev.selvedge.hub.security.AuthResult;
import dev.selvedge.hub.security.AuthResult.Accepted;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.identity.Identity;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.net.NetSocketInternal;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.Event;
import org.apache.qpid.proton.engine.Link;
import org.apache.qpid.proton.engine.Receiver;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One AMQP connection, from its first byte to its end: takes tokens, lets one identity in when it opens its first link, and hands its links to a
 * {@link Conversation}. Whatever goes wrong ends a link or this connection and harms no other. The connection's event loop, but for what others
 * may call.
 */
final class AmqpConnection implements Client, OpenConnection, Engine.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(AmqpConnection.class);
    private static final int MAX_LINKS = 50;
    /** A pair to show tokens on, and one more in case that a first try was refused. */
    private static final int MAX_STRANGER_LINKS = 4;
    /** A token has some hundred bytes. */
    private static final int MAX_TOKEN_BYTES = 16 * 1024;

    private static final String UNKNOWN = "unknown_identity";
    private static final int SESSION_BYTES = 256 * 1024;
    /** Most bytes of deliveries that are not whole yet, of all links together: some of the largest. */
    private static final int MAX_HELD = 4 * 1024 * 1024;

    private final Services services;
    private final AmqpOptions options;
    private final Engine engine;
    private final Tokens tokens;
    private final ScheduledFuture<?> strangerTimer;
    private final CompletableFuture<Void> admitted = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private @Nullable OutLink tokenAnswers;
    private @Nullable Conversation conversation;
    private @Nullable Accepted shown;
    private @Nullable ScheduledFuture<?> tokenTimer;
    private int links;

    AmqpConnection(NetSocketInternal socket, Services services, AmqpOptions options) {
        this.services = services;
        this.options = options;
        engine = new Engine(socket, this);
        tokens =
                new Tokens(services.authenticator(), engine.wire().certificate().flatMap(ClientCertificate::of));
        strangerTimer = engine.after(
                options.strangerTimeout(),
                () -> violation("no client was let in within "
                        + options.strangerTimeout().toSeconds() + " s"));
    }

    @Override
    public void desiredChanged() {
        engine.run(() -> {
            if (conversation != null) {
                conversation.desiredChanged();
            }
        });
    }

    @Override
    public void credentialsChanged() {
        engine.run(() -> {
            var accepted = shown;
            if (accepted != null && !services.authenticator().stillGood(accepted)) {
                end(new Departure(Cause.NOT_AUTHORIZED, "what it showed is not good any more"));
            }
        });
    }

    @Override
    public void routesChanged() {
        engine.run(() -> {
            if (conversation != null) {
                conversation.routesChanged();
            }
        });
    }

    @Override
    public CompletionStage<Void> close(Departure why) {
        engine.run(() -> end(why));
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
        engine.run(() -> {
            var departure = new Departure(Cause.SHUTDOWN, why);
            if (conversation == null) {
                end(departure);
            } else {
                engine.wire().pause();
                conversation.whenSettled(() -> end(departure));
            }
        });
    }

    @Override
    public void handle(Event event) {
        if (closed.isDone()) {
            return;
        }
        try {
            dispatch(event);
        } catch (AmqpException e) {
            LOG.warn(
                    "link closed: client={} from={} reason={}",
                    name(),
                    engine.wire().remote(),
                    e.getMessage());
            refuse(event.getLink(), e);
        } catch (RuntimeException e) {
            LOG.error("connection closed, the hub failed to handle it: client={} event={}", name(), event.getType(), e);
            end(new Departure(Cause.FAILURE, "the hub failed to handle it"));
        }
    }

    private void dispatch(Event event) throws AmqpException {
        switch (event.getType()) {
            case CONNECTION_REMOTE_OPEN -> {
                engine.connection().setContainer("selvedge-" + UUID.randomUUID());
                engine.connection().open();
            }
            case CONNECTION_REMOTE_CLOSE -> end(new Departure(Cause.LEFT, "the client closed the connection"));
            case SESSION_REMOTE_OPEN -> {
                event.getSession().setIncomingCapacity(SESSION_BYTES);
                event.getSession().open();
            }
            case SESSION_REMOTE_CLOSE -> closeSession(event.getSession());
            case LINK_REMOTE_OPEN -> attach(event.getLink());
            case LINK_REMOTE_DETACH, LINK_REMOTE_CLOSE -> detach(event.getLink());
            case LINK_FLOW -> {
                if (event.getLink().getContext() instanceof OutLink out) {
                    out.flow();
                }
            }
            case DELIVERY -> delivered(event.getDelivery());
            default -> {
                // what the hub did itself
            }
        }
    }

    private void delivered(Delivery delivery) throws AmqpException {
        switch (delivery.getLink().getContext()) {
            case InLink in -> arrived(in);
            case OutLink out -> out.updated(delivery);
            case null, default -> drop(delivery.getLink());
        }
    }

    private void arrived(InLink link) throws AmqpException {
        link.arrived();
        if (link.held() > 0 && links().mapToInt(AmqpConnection::held).sum() > MAX_HELD) {
            throw new AmqpException(
                    AmqpException.LIMIT,
                    "deliveries that are not whole yet have more than " + MAX_HELD + " bytes on all links");
        }
    }

    private static int held(Link link) {
        return link.getContext() instanceof InLink in ? in.held() : 0;
    }

    /** What is under way on a link that the hub has closed must not stop the other links of its session. */
    private void drop(Link closed) {
        if (closed instanceof Receiver receiver) {
            InLink.drop(receiver);
            tellWindow(closed.getSession());
        }
    }

    private void tellWindow(Session session) {
        links().filter(link -> link.getSession().equals(session)).forEach(link -> {
            if (link.getContext() instanceof InLink in) {
                in.tellWindow();
            }
        });
    }

    private Stream<Link> links() {
        return Stream.iterate(
                engine.connection().linkHead(null, null), Objects::nonNull, link -> link.next(null, null));
    }

    private void attach(Link link) throws AmqpException {
        var most = conversation == null ? MAX_STRANGER_LINKS : MAX_LINKS;
        if (++links > most) {
            violation("more than " + most + " links" + (conversation == null ? " before a client was let in" : ""));
            return;
        }
        if (link.getContext() != null) {
            violation("the link " + ClientText.clip(link.getName()) + " is attached and is attached again");
            return;
        }
        link.setSource(link.getRemoteSource());
        link.setTarget(link.getRemoteTarget());
        link.setReceiverSettleMode(link.getRemoteReceiverSettleMode());
        link.setSenderSettleMode(link.getRemoteSenderSettleMode());
        var text = address(link);
        var address = LinkAddress.parse(text)
                .orElseThrow(() -> new AmqpException(
                        AmqpException.NOT_FOUND,
                        "there is nothing at '" + ClientText.clip(String.valueOf(text)) + "'"));
        var owner = address.owner();
        if (owner == null) {
            attachTokens(link);
        } else {
            var talk = letIn(owner);
            if (talk != null) {
                talk.attach(address.purpose(), link);
            }
        }
    }

    private static @Nullable String address(Link link) {
        if (link instanceof Sender) {
            var source = link.getRemoteSource();
            return source == null ? null : source.getAddress();
        }
        var target = link.getRemoteTarget();
        return target == null ? null : target.getAddress();
    }

    private void attachTokens(Link link) {
        if (link instanceof Sender sender) {
            var answers = new OutLink(sender, engine, options.ackTimeout(), this::end);
            answers.open(SenderSettleMode.SETTLED);
            if (tokenAnswers != null) {
                tokenAnswers.replaced();
            }
            tokenAnswers = answers;
        } else {
            new InLink((Receiver) link, MAX_TOKEN_BYTES, this::tokenPut).open();
        }
    }

    private void tokenPut(Delivery delivery, byte[] bytes) throws AmqpException {
        if (closed.isDone()) {
            return;
        }
        var request = Sections.decode(bytes);
        var answer = put(request);
        if (answer.status() == Tokens.UNKNOWN) {
            turnAway(name(), UNKNOWN, answer.description());
        }
        if (closed.isDone()) {
            // not accepted: Node's SDK would wait for the answer for ever
            return;
        }
        delivery.disposition(org.apache.qpid.proton.amqp.messaging.Accepted.getInstance());
        delivery.settle();
        if (answer.status() != Tokens.OK) {
            LOG.warn(
                    "token refused: client={} from={} reason={}",
                    name(),
                    engine.wire().remote(),
                    answer.description());
            services.meters().refused("not_authenticated");
        }
        if (tokenAnswers != null) {
            var _ = tokenAnswers.send(Sections.encode(Tokens.message(request, answer)));
        }
    }

    /** A token for a module lets it in, or renews the one that it came with; one for a device may be for its modules, the first link tells. */
    private Tokens.Answer put(Message request) {
        var talk = conversation;
        var answer = tokens.put(request, talk == null ? null : talk.identity());
        var accepted = answer.accepted();
        if (accepted == null) {
            return answer;
        }
        if (talk != null) {
            renewed(accepted);
            LOG.info("token renewed: client={} tokenUntil={}", talk.identity(), accepted.expiry());
            return answer;
        }
        var _ = admit(accepted);
        return answer;
    }

    /** Null when the connection had to end. */
    private @Nullable Conversation letIn(Identity owner) throws AmqpException {
        var talk = conversation;
        if (talk != null) {
            if (talk.identity().equals(owner)) {
                return talk;
            }
            throw new AmqpException(
                    AmqpException.NOT_ALLOWED,
                    "this connection is " + talk.identity() + "'s; " + owner + " needs one of its own");
        }
        return switch (tokens.authenticate(owner)) {
            case Refused(var cause, var reason)
            when cause == AuthResult.Cause.UNKNOWN -> {
                turnAway(owner, UNKNOWN, reason);
                yield null;
            }
            case Refused(var _, var reason) -> {
                services.meters().refused("not_authenticated");
                throw new AmqpException(AmqpException.UNAUTHORIZED, reason);
            }
            case Accepted accepted -> admit(accepted);
        };
    }

    /** Null when the connection had to end. */
    private @Nullable Conversation admit(Accepted accepted) {
        var identity = accepted.identity();
        if (services.routers().current().isEmpty()) {
            turnAway(identity, "not_configured", "the hub has no configuration yet, messages would be lost");
            return null;
        }
        if (!services.clients().admit(identity, this)) {
            turnAway(
                    identity,
                    "too_many_clients",
                    "no room beside " + services.clients().connected() + " clients");
            return null;
        }
        var talk = new Conversation(identity, engine, services, options, this::end);
        conversation = talk;
        admitted.complete(null);
        strangerTimer.cancel(false);
        renewed(accepted);
        if (!services.authenticator().stillGood(accepted)) {
            end(new Departure(Cause.NOT_AUTHORIZED, "its identity was removed or replaced"));
            return null;
        }
        LOG.info(
                "client connected: client={} from={} tokenUntil={}",
                identity,
                engine.wire().remote(),
                accepted.expiry());
        return talk;
    }

    private void turnAway(Object identity, String cause, String why) {
        LOG.warn(
                "client refused: client={} from={} cause={} reason={}",
                identity,
                engine.wire().remote(),
                cause,
                why);
        services.meters().refused(cause);
        end(new Departure(Cause.NOT_NOW, why));
    }

    private void renewed(Accepted accepted) {
        shown = accepted;
        if (tokenTimer != null) {
            tokenTimer.cancel(false);
        }
        tokenTimer = engine.after(accepted.remaining(), () -> end(new Departure(Cause.EXPIRED, "its token expired")));
    }

    private void detach(Link link) {
        var session = link.getSession();
        release(link);
        link.close();
        link.free();
        tellWindow(session);
    }

    private void release(Link link) {
        links--;
        if (link.getContext() instanceof OutLink out) {
            if (out == tokenAnswers) {
                tokenAnswers = null;
            } else if (conversation != null) {
                conversation.detached(out);
            }
        }
        link.setContext(null);
    }

    private void closeSession(Session session) {
        links().filter(link -> link.getSession().equals(session)).forEach(this::release);
        session.close();
        session.free();
    }

    /** Opens the link without an end, as AMQP wants it, and closes it with the reason. */
    private void refuse(@Nullable Link link, AmqpException why) {
        if (link == null) {
            return;
        }
        if (link instanceof Sender) {
            link.setSource(null);
        } else {
            link.setTarget(null);
        }
        link.setContext(null);
        link.open();
        link.setCondition(why.condition());
        link.close();
        drop(link);
    }

    @Override
    public void broken(String why) {
        violation(why);
    }

    @Override
    public void closed(String why) {
        end(new Departure(Cause.LEFT, why));
    }

    private void violation(String what) {
        if (!closed.isDone()) {
            LOG.warn(
                    "connection closed, the client broke a rule: client={} from={} rule={}",
                    name(),
                    engine.wire().remote(),
                    what);
            end(new Departure(Cause.PROTOCOL, what));
        }
    }

    private void end(Departure why) {
        if (!closed.complete(null)) {
            return;
        }
        strangerTimer.cancel(false);
        if (tokenTimer != null) {
            tokenTimer.cancel(false);
        }
        engine.close(condition(why));
        var talk = conversation;
        if (talk != null) {
            talk.end();
            services.clients().gone(talk.identity(), this, why);
            LOG.info("client gone: client={} why={}", talk.identity(), why.description());
        }
    }

    private static @Nullable ErrorCondition condition(Departure why) {
        var condition = switch (why.cause()) {
            case LEFT -> null;
            case PROTOCOL -> AmqpException.NOT_ALLOWED;
            // two with one identity must not chase each other for ever
            case TAKEN_OVER -> AmqpException.FORCED;
            case NOT_NOW, NOT_AUTHORIZED, EXPIRED, SHUTDOWN, UNRESPONSIVE, NOT_STORED, FAILURE ->
                AmqpException.COME_BACK;
        };
        return condition == null ? null : new ErrorCondition(condition, why.description());
    }

    private String name() {
        var talk = conversation;
        return talk == null ? "unknown" : talk.identity().path();
    }
}
