package dev.selvedge.bench.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One MQTT 3.1.1 connection, blocking. It allocates nothing per packet, so that on a small machine the server and not the load is measured. One
 * thread reads, one writes.
 */
final class Connection implements AutoCloseable {
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int SUBACK = 9;

    private static final int CONNACK = 2;
    private static final int READ_TIMEOUT_MILLIS = 60_000;
    private static final int CLEAN_SESSION = 0xc2;
    private static final int KEPT_SESSION = 0xc0;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private byte[] body = new byte[8192];
    private int length;
    private int flags;

    Connection(Access access, boolean cleanSession) throws IOException {
        socket = access.sockets().createSocket("localhost", access.port());
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(READ_TIMEOUT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            out = socket.getOutputStream();
            connect(access, cleanSession);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void connect(Access access, boolean cleanSession) throws IOException {
        var packet = new ByteArrayOutputStream();
        var data = new DataOutputStream(packet);
        data.writeUTF("MQTT");
        data.write(4);
        data.write(cleanSession ? CLEAN_SESSION : KEPT_SESSION);
        data.writeShort(0);
        data.writeUTF(access.clientId());
        data.writeUTF(access.userName());
        data.writeUTF(access.password());
        write(packet(0x10, packet.toByteArray()));
        if (read() != CONNACK || body[1] != 0) {
            throw new IOException("the server refused " + access.clientId() + " with code " + body[1]);
        }
    }

    /** Asks to subscribe with QoS 1; messages may come before the SUBACK. */
    void subscribe(String filter) throws IOException {
        var packet = new ByteArrayOutputStream();
        var data = new DataOutputStream(packet);
        data.writeShort(1);
        data.writeUTF(filter);
        data.write(1);
        write(packet(0x82, packet.toByteArray()));
    }

    /** Reads the next packet and returns its type; {@link #body} has the rest of it until the next one is read. */
    int read() throws IOException {
        var first = in.read();
        if (first < 0) {
            throw new EOFException("the server closed the connection");
        }
        length = 0;
        for (int shift = 0, digit = 0x80; (digit & 0x80) != 0; shift += 7) {
            digit = in.read();
            if (digit < 0 || shift > 21) {
                throw new EOFException("the server closed the connection in a packet");
            }
            length |= (digit & 0x7f) << shift;
        }
        if (length > body.length) {
            body = new byte[length];
        }
        if (in.readNBytes(body, 0, length) < length) {
            throw new EOFException("the server closed the connection in a packet");
        }
        flags = first & 0x0f;
        return first >> 4;
    }

    byte[] body() {
        return body;
    }

    int length() {
        return length;
    }

    int flags() {
        return flags;
    }

    int shortAt(int offset) {
        return ((body[offset] & 0xff) << 8) | (body[offset + 1] & 0xff);
    }

    /** Whether the beginning of another packet is here already. */
    boolean more() throws IOException {
        return in.available() > 0;
    }

    void write(byte[] packets) throws IOException {
        write(packets, packets.length);
    }

    void write(byte[] packets, int bytes) throws IOException {
        out.write(packets, 0, bytes);
        out.flush();
    }

    /** A PUBLISH with QoS 1, its packet id and payload being zero; they are its last {@code 2 + payloadBytes} bytes. */
    static byte[] publish(String topic, int payloadBytes) {
        var name = topic.getBytes(StandardCharsets.UTF_8);
        var rest = new byte[2 + name.length + 2 + payloadBytes];
        rest[0] = (byte) (name.length >> 8);
        rest[1] = (byte) name.length;
        System.arraycopy(name, 0, rest, 2, name.length);
        return packet(0x32, rest);
    }

    private static byte[] packet(int first, byte[] rest) {
        var packet = new ByteArrayOutputStream(rest.length + 5);
        packet.write(first);
        var left = rest.length;
        do {
            var digit = left % 128;
            left /= 128;
            packet.write(left > 0 ? digit | 0x80 : digit);
        } while (left > 0);
        packet.writeBytes(rest);
        return packet.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
