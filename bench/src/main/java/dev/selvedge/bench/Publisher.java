package dev.selvedge.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One MQTT 3.1.1 connection over TLS with one QoS 1 message in flight. It allocates nothing per message, so that on a small machine the
 * server and not the load is measured. One thread.
 */
final class Publisher implements AutoCloseable {
    private static final int CONNACK = 0x20;
    private static final int PUBACK = 0x40;

    private final SSLSocket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] publish;
    private final int packetIdAt;
    private int packetId;

    Publisher(SSLSocketFactory tls, int port, Login login, String topic, int payloadBytes) throws IOException {
        socket = (SSLSocket) tls.createSocket("localhost", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        out.write(connect(login));
        out.flush();
        var type = in.read();
        var length = in.read();
        var answer = in.readNBytes(length);
        if (type != CONNACK || answer[1] != 0) {
            throw new IOException(
                    "the server refused " + login.clientId() + ": packet " + type + ", code " + answer[1]);
        }
        var name = topic.getBytes(StandardCharsets.UTF_8);
        var body = new ByteArrayOutputStream();
        body.write(0x32);
        length(body, 2 + name.length + 2 + payloadBytes);
        body.write(name.length >> 8);
        body.write(name.length);
        body.writeBytes(name);
        packetIdAt = body.size();
        body.writeBytes(new byte[2 + payloadBytes]);
        publish = body.toByteArray();
    }

    /** Publishes one message and waits for its acknowledgement. */
    void publishOne() throws IOException {
        packetId = packetId % 0xffff + 1;
        publish[packetIdAt] = (byte) (packetId >> 8);
        publish[packetIdAt + 1] = (byte) packetId;
        out.write(publish);
        out.flush();
        var type = in.read();
        if (type < 0) {
            throw new EOFException("the server closed the connection");
        }
        in.read();
        var acknowledged = in.read() << 8 | in.read();
        if (type != PUBACK || acknowledged != packetId) {
            throw new IOException("expected PUBACK " + packetId + ", got packet " + type + " for " + acknowledged);
        }
    }

    private static byte[] connect(Login login) throws IOException {
        var body = new ByteArrayOutputStream();
        var data = new DataOutputStream(body);
        data.writeUTF("MQTT");
        data.write(4);
        data.write(0xc2);
        data.writeShort(60);
        data.writeUTF(login.clientId());
        data.writeUTF(login.userName());
        data.writeUTF(login.password());
        var packet = new ByteArrayOutputStream();
        packet.write(0x10);
        length(packet, body.size());
        body.writeTo(packet);
        return packet.toByteArray();
    }

    private static void length(ByteArrayOutputStream to, int length) {
        var left = length;
        do {
            var digit = left % 128;
            left /= 128;
            to.write(left > 0 ? digit | 0x80 : digit);
        } while (left > 0);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** What a server wants to know of a client. */
    record Login(String clientId, String userName, String password) {}
}
