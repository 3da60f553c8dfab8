package dev.selvedge.hub.amqp;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.tls.TestCertificates;
import dev.selvedge.identity.CertificateName;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.engine.Connection;
import org.apache.qpid.proton.engine.Delivery;
import org.apache.qpid.proton.engine.EndpointState;
import org.apache.qpid.proton.engine.Sender;
import org.apache.qpid.proton.engine.Session;
import org.apache.qpid.proton.engine.Transport;

/** A client that shows a certificate, and sends deliveries as no SDK does. Blocks until the hub has answered. */
final class RawAmqpClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Identity identity;
    private final Socket socket;
    private final Transport transport = Transport.Factory.create();
    private final Connection connection = Connection.Factory.create();
    private final Session session;
    private final byte[] buffer = new byte[16 * 1024];
    private int tags;

    RawAmqpClient(RunningHub hub, Identity identity) throws Exception {
        this.identity = identity;
        hub.credentials(new Credentials(Credentials.Kind.CERTIFICATE, List.of("1"), true));
        hub.desired(identity, 2, "{}");
        var tls = SSLContext.getInstance("TLS");
        tls.init(
                TestCertificates.client(new CertificateName(identity, "1")).getKeyManagers(),
                TestCertificates.trust(hub.certificate).getTrustManagers(),
                null);
        socket = tls.getSocketFactory().createSocket(RunningHub.HOST, hub.amqpPort);
        socket.setSoTimeout(PATIENCE_MILLIS);
        transport.setMaxFrameSize(buffer.length);
        transport.bind(connection);
        connection.setContainer("raw");
        connection.open();
        session = connection.session();
        session.open();
    }

    /** Opens a link to send telemetry on; the hub has given credit. */
    Sender events(String name) throws IOException {
        return sender(name, "/messages/events");
    }

    /** Opens a link to send on; the hub has given credit. */
    Sender sender(String name, String rest) throws IOException {
        var sender = session.sender(name);
        var target = new Target();
        target.setAddress(address(rest));
        sender.setTarget(target);
        sender.open();
        until(() -> sender.getCredit() > 0);
        return sender;
    }

    /** Opens a link to receive on, with credit for all there is, on a session of its own that takes nothing. */
    void receiveNothing(String name, String rest) throws IOException {
        var deaf = connection.session();
        deaf.setIncomingCapacity(1);
        deaf.open();
        var receiver = deaf.receiver(name);
        var source = new Source();
        source.setAddress(address(rest));
        receiver.setSource(source);
        receiver.open();
        receiver.flow(1000);
        until(() -> receiver.getRemoteState() == EndpointState.ACTIVE);
    }

    private String address(String rest) {
        return "/devices/" + identity.deviceId() + "/modules/" + identity.moduleId() + rest;
    }

    /** Whether the hub has closed the connection. */
    boolean isSentAway() {
        return connection.getRemoteState() == EndpointState.CLOSED;
    }

    /** Hears the hub until it closes the connection. */
    void untilSentAway() throws IOException {
        try {
            until(this::isSentAway);
        } catch (EOFException | SocketException | SSLException _) {
            // without a word: it would come after what the client does not take
        }
    }

    /** Sends the beginning of a delivery, which then waits for the rest. */
    Delivery begin(Sender sender, byte[] bytes) throws IOException {
        tags++;
        var delivery = sender.delivery(String.valueOf(tags).getBytes());
        sender.send(bytes, 0, bytes.length);
        until(() -> session.getOutgoingBytes() == 0);
        return delivery;
    }

    /** Hands over a whole delivery; it goes when the hub takes it, at the next wait. */
    Delivery send(Sender sender, int format, byte[] bytes) {
        tags++;
        var delivery = sender.delivery(String.valueOf(tags).getBytes());
        delivery.setMessageFormat(format);
        sender.send(bytes, 0, bytes.length);
        sender.advance();
        return delivery;
    }

    /** Says what there is to say and hears the hub, until something has happened. */
    void until(BooleanSupplier happened) throws IOException {
        while (true) {
            speak();
            if (happened.getAsBoolean()) {
                return;
            }
            var read = socket.getInputStream().read(buffer, 0, Math.min(buffer.length, transport.capacity()));
            if (read < 0) {
                throw new EOFException("the hub closed the connection");
            }
            transport.tail().put(buffer, 0, read);
            transport.process();
        }
    }

    /** Says what there is to say. */
    void speak() throws IOException {
        for (var pending = transport.pending(); pending > 0; pending = transport.pending()) {
            var head = new byte[pending];
            transport.head().get(head);
            socket.getOutputStream().write(head);
            transport.pop(pending);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
