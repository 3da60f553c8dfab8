package dev.selvedge.hub.amqp;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.X509KeyManager;

import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.Identity;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.proton.ProtonClient;
import io.vertx.proton.ProtonClientOptions;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonQoS;
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSender;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Data;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.message.Message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

/** A client that does over AMQP what the SDKs do, by hand. */
final class AmqpClient implements AutoCloseable {
    /** What came on a link, and the way to answer it. */
    record Received(Message message, ProtonDelivery delivery) {
        byte[] body() {
            return ((Data) message.getBody()).getValue().getArray();
        }

        Object annotation(String name) {
            return message.getMessageAnnotations().getValue().get(Symbol.valueOf(name));
        }

        Object property(String name) {
            return message.getApplicationProperties().getValue().get(name);
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final Identity identity;
    private final RunningHub hub;
    private final Context loop = vertx.getOrCreateContext();
    final CompletableFuture<String> ended = new CompletableFuture<>();
    private ProtonConnection connection;
    private ProtonSender tokens;
    BlockingQueue<Received> tokenAnswers;

    AmqpClient(RunningHub hub, Identity identity) throws Exception {
        this(hub, identity, null);
    }

    /** @param keys the certificate that it shows; null for none */
    AmqpClient(RunningHub hub, Identity identity, X509KeyManager keys) throws Exception {
        this.hub = hub;
        this.identity = identity;
        var options = new ProtonClientOptions()
                .setSsl(true)
                .setHostnameVerificationAlgorithm("HTTPS")
                .setTrustOptions(TrustOptions.wrap(
                        TestCertificates.trust(hub.certificate).getTrustManagers()[0]));
        if (keys != null) {
            options.setKeyCertOptions(KeyCertOptions.wrap(keys)).addEnabledSaslMechanism("EXTERNAL");
        }
        var opened = new CompletableFuture<ProtonConnection>();
        loop.runOnContext(_ -> ProtonClient.create(vertx).connect(options, RunningHub.HOST, hub.amqpPort, connected -> {
            if (connected.failed()) {
                opened.completeExceptionally(connected.cause());
                return;
            }
            var made = connected.result();
            made.closeHandler(_ -> ended.complete(String.valueOf(made.getRemoteCondition())));
            made.disconnectHandler(_ -> ended.complete("disconnected"));
            made.openHandler(_ -> opened.complete(made)).open();
        }));
        connection = opened.get(10, SECONDS);
    }

    /** Puts a token of an hour; gives the status. */
    int token() throws Exception {
        return token(hub.token(identity, Instant.now().plusSeconds(3600)));
    }

    int token(String token) throws Exception {
        var request = request(token);
        put(request);
        var answer = tokenAnswers.poll(10, SECONDS);
        if (!request.getMessageId().equals(answer.message().getCorrelationId())) {
            throw new AssertionError("another correlation id: " + answer.message());
        }
        return (Integer) answer.property("status-code");
    }

    /** Puts a token of an hour; completes with what became of the delivery. */
    CompletableFuture<ProtonDelivery> put() throws Exception {
        return put(request(hub.token(identity, Instant.now().plusSeconds(3600))));
    }

    private CompletableFuture<ProtonDelivery> put(Message request) throws Exception {
        if (tokens == null) {
            tokenAnswers = receive("$cbs");
            tokens = sender("$cbs");
        }
        return send(tokens, request);
    }

    private static Message request(String token) {
        var request = Message.Factory.create();
        request.setMessageId(UUID.randomUUID());
        request.setReplyTo("cbs");
        request.setBody(new AmqpValue(token));
        request.setApplicationProperties(new ApplicationProperties(
                Map.of("operation", "put-token", "type", "servicebus.windows.net:sastoken", "name", "whatever")));
        return request;
    }

    AmqpClient connected() throws Exception {
        if (token() != 200) {
            throw new AssertionError("the token was refused");
        }
        return this;
    }

    String address(String rest) {
        return "/devices/" + identity.deviceId() + "/modules/" + identity.moduleId() + rest;
    }

    /** Opens a link to send on; fails with the hub's reason. */
    ProtonSender sender(String address) throws Exception {
        var opened = new CompletableFuture<ProtonSender>();
        loop.runOnContext(_ -> {
            var sender = connection.createSender(address).setQoS(ProtonQoS.AT_LEAST_ONCE);
            var target = new Target();
            target.setAddress(address);
            sender.setTarget(target);
            sender.openHandler(_ -> {
                if (sender.getRemoteTarget() != null) {
                    opened.complete(sender);
                }
            });
            sender.closeHandler(_ -> opened.completeExceptionally(
                    new IllegalStateException(String.valueOf(sender.getRemoteCondition()))));
            sender.open();
        });
        return opened.get(10, SECONDS);
    }

    /** Opens a link to receive on, without credit, and waits for nothing. */
    void attach(String address) {
        loop.runOnContext(_ -> connection.createReceiver(address).setPrefetch(0).open());
    }

    /** Opens a link to receive on, and gives no credit yet for what the inbox is to get. */
    ProtonReceiver attach(String address, BlockingQueue<Received> inbox) throws Exception {
        var opened = new CompletableFuture<ProtonReceiver>();
        loop.runOnContext(_ -> connection
                .createReceiver(address)
                .setPrefetch(0)
                .setAutoAccept(false)
                .handler((delivery, message) -> inbox.add(new Received(message, delivery)))
                .openHandler(done -> opened.complete(done.result()))
                .open());
        return opened.get(10, SECONDS);
    }

    void credit(ProtonReceiver receiver, int credit) {
        loop.runOnContext(_ -> receiver.flow(credit));
    }

    /** Opens a link to receive on; deliveries are not settled by it. */
    BlockingQueue<Received> receive(String address) throws Exception {
        var opened = new CompletableFuture<Void>();
        var inbox = new LinkedBlockingQueue<Received>();
        loop.runOnContext(_ -> {
            var receiver = connection.createReceiver(address).setAutoAccept(false);
            var source = new Source();
            source.setAddress(address);
            receiver.setSource(source);
            receiver.handler((delivery, message) -> inbox.add(new Received(message, delivery)));
            receiver.openHandler(_ -> {
                if (receiver.getRemoteSource() != null) {
                    opened.complete(null);
                }
            });
            receiver.closeHandler(_ -> opened.completeExceptionally(
                    new IllegalStateException(String.valueOf(receiver.getRemoteCondition()))));
            receiver.open();
        });
        opened.get(10, SECONDS);
        return inbox;
    }

    /** Sends; completes with what became of it. */
    CompletableFuture<ProtonDelivery> send(ProtonSender sender, Message message) {
        var settled = new CompletableFuture<ProtonDelivery>();
        loop.runOnContext(_ -> sender.send(message, settled::complete));
        return settled;
    }

    /** Says what becomes of a delivery. */
    void settle(Received received, DeliveryState outcome) {
        loop.runOnContext(_ -> received.delivery().disposition(outcome, true));
    }

    /** Says what becomes of a delivery, and leaves it to the hub to settle it, as C#'s SDK does. */
    void answer(Received received, DeliveryState outcome) {
        loop.runOnContext(_ -> received.delivery().disposition(outcome, false));
    }

    /** Closes the connection as one should. */
    void leave() {
        loop.runOnContext(_ -> connection.close());
    }

    static Message message(byte[] body) {
        var message = Message.Factory.create();
        message.setBody(new Data(new Binary(body)));
        return message;
    }

    static Message message(byte[] body, Map<String, Object> properties) {
        var message = message(body);
        message.setApplicationProperties(new ApplicationProperties(properties));
        return message;
    }

    /** A request to the twin. */
    static Message twin(String operation, String resource, String body) {
        var annotations = new HashMap<Symbol, Object>();
        annotations.put(Symbol.valueOf("operation"), operation);
        if (resource != null) {
            annotations.put(Symbol.valueOf("resource"), resource);
        }
        var message = message(body.getBytes(UTF_8));
        message.setMessageAnnotations(new MessageAnnotations(annotations));
        message.setCorrelationId(UUID.randomUUID());
        return message;
    }

    @Override
    public void close() throws Exception {
        vertx.close().await(10, SECONDS);
    }
}
