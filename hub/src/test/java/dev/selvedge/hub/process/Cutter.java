package dev.selvedge.hub.process;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

/** Stands between a hub and its broker, passes packet for packet, and cuts the connection at a point of the conversation that the test chooses. */
final class Cutter implements AutoCloseable {
    /** Where the next connection is cut. */
    enum Cut {
        /** A message does not get through. */
        BEFORE_PUBLISH,
        /** The first half of a message gets through. */
        HALF_PUBLISH,
        /** A message gets through, and the broker's acknowledgement does not. */
        BEFORE_PUBACK,
        /** The same, and from there on nothing passes, but neither side is told. */
        SILENCE
    }

    private static final int PUBLISH = 3;
    private static final int PUBACK = 4;

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int brokerPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong firstMessageAt = new AtomicLong(Long.MIN_VALUE);
    private @Nullable Order order;
    private int cuts;

    Cutter(int brokerPort) throws IOException {
        this.brokerPort = brokerPort;
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Cuts once, after a number of messages. */
    synchronized void cut(Cut where, int afterMessages) {
        order = new Order(where, afterMessages);
    }

    /** How often it has cut. */
    synchronized int cuts() {
        return cuts;
    }

    /** How many connections there have been. */
    int connections() {
        return connections.get();
    }

    /** When the first message passed, {@link System#nanoTime}. */
    long firstMessageAt() {
        return firstMessageAt.get();
    }

    /** Bytes of messages that have passed to the broker. */
    long passed() {
        return passed.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var hub = server.accept();
                connections.incrementAndGet();
                new Conversation(hub, new Socket(InetAddress.getLoopbackAddress(), brokerPort)).start();
            } catch (IOException _) {
                // the test is over
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (var socket : open) {
            socket.close();
        }
    }

    private synchronized @Nullable Cut due(Cut... wheres) {
        for (var where : wheres) {
            if (order != null && order.where() == where && order.afterMessages() <= 0) {
                return where;
            }
        }
        return null;
    }

    private synchronized void messagePassed() {
        if (order != null) {
            order = new Order(order.where(), order.afterMessages() - 1);
        }
    }

    private synchronized void done() {
        order = null;
        cuts++;
    }

    private record Order(Cut where, int afterMessages) {}

    /** One connection of the hub. */
    private final class Conversation {
        private final Socket hub;
        private final Socket broker;
        private volatile boolean silent;
        /** A message has passed whose acknowledgement will not. */
        private volatile boolean deaf;

        Conversation(Socket hub, Socket broker) throws IOException {
            this.hub = hub;
            this.broker = broker;
            open.add(hub);
            open.add(broker);
            hub.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
        }

        void start() {
            Thread.ofPlatform().daemon().start(() -> pass(hub, broker, this::up));
            Thread.ofPlatform().daemon().start(() -> pass(broker, hub, this::down));
        }

        private void pass(Socket from, Socket to, Passage passage) {
            try {
                var in = new DataInputStream(from.getInputStream());
                var out = to.getOutputStream();
                while (true) {
                    var packet = read(in);
                    if (!silent) {
                        passage.pass(packet, out);
                    }
                }
            } catch (IOException _) {
                end();
            }
        }

        private void up(byte[] packet, OutputStream out) throws IOException {
            if (type(packet) == PUBLISH) {
                var cut = due(Cut.BEFORE_PUBLISH, Cut.HALF_PUBLISH);
                if (cut != null) {
                    if (cut == Cut.HALF_PUBLISH) {
                        out.write(packet, 0, packet.length / 2);
                    }
                    done();
                    throw new IOException("cut");
                }
                deaf = deaf || due(Cut.BEFORE_PUBACK, Cut.SILENCE) != null;
                messagePassed();
                firstMessageAt.compareAndSet(Long.MIN_VALUE, System.nanoTime());
                passed.addAndGet(packet.length);
            }
            out.write(packet);
        }

        private void down(byte[] packet, OutputStream out) throws IOException {
            if (type(packet) == PUBACK && deaf) {
                silent = due(Cut.SILENCE) != null;
                done();
                if (silent) {
                    return;
                }
                throw new IOException("cut");
            }
            out.write(packet);
        }

        private void end() {
            try {
                hub.close();
                broker.close();
            } catch (IOException _) {
                // it is closed
            }
            open.remove(hub);
            open.remove(broker);
        }
    }

    private static int type(byte[] packet) {
        return (packet[0] & 0xff) >> 4;
    }

    /** One MQTT packet: type, remaining length of one to four bytes, the rest. */
    private static byte[] read(DataInputStream in) throws IOException {
        var header = new byte[5];
        header[0] = in.readByte();
        var length = 0;
        var size = 1;
        do {
            header[size] = in.readByte();
            length |= (header[size] & 0x7f) << (7 * (size - 1));
        } while (header[size++] < 0);
        var packet = new byte[size + length];
        System.arraycopy(header, 0, packet, 0, size);
        in.readFully(packet, size, length);
        return packet;
    }

    private interface Passage {
        void pass(byte[] packet, OutputStream out) throws IOException;
    }
}
