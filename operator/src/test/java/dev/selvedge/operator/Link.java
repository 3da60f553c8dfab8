package dev.selvedge.operator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The way from an operator to the API server, byte for byte, so that TLS passes: it can end connections or let them fall silent, be away, be silent and be slow. Its
 * certificate must be good for 127.0.0.1.
 */
final class Link implements AutoCloseable {
    private static final int HTTPS = 443;

    private final InetSocketAddress server;
    private final ServerSocket door;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean away;
    private volatile boolean silent;
    private volatile Duration delay = Duration.ZERO;

    /** A link to the API server of a URL, open until it is closed. */
    Link(URI url) {
        server = new InetSocketAddress(url.getHost(), url.getPort() < 0 ? HTTPS : url.getPort());
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** The API server's URL at this end. */
    String url() {
        return "https://127.0.0.1:" + door.getLocalPort();
    }

    /** Connections taken so far. */
    int accepted() {
        return accepted.get();
    }

    /** Ends all connections at once; new ones are taken. */
    void drop() {
        connections.forEach(Connection::close);
    }

    /** The server is away: all connections end, and new ones are closed as soon as they come. */
    void cut() {
        away = true;
        drop();
    }

    /** Nothing comes through any more, and nobody is told. */
    void silence() {
        silent = true;
    }

    /** The connections of now carry nothing any more, and nobody is told; new ones are taken. */
    void deafen() {
        connections.forEach(Connection::deafen);
    }

    /** The server is back; what was swallowed is lost, so connections that were silent end. */
    void restore() {
        if (silent) {
            drop();
        }
        silent = false;
        away = false;
    }

    /** How long every byte is on its way from now on, in each direction. */
    void delay(Duration now) {
        delay = now;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                var client = door.accept();
                accepted.incrementAndGet();
                if (away) {
                    client.close();
                } else {
                    connect(client);
                }
            } catch (IOException _) {
                // the door was closed, or the server is not there: the client sees a connection that ends
            }
        }
    }

    private void connect(Socket client) throws IOException {
        var far = new Socket();
        try {
            far.connect(server);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        client.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        var connection = new Connection(client, far);
        connections.add(connection);
        connection.carry(client, far);
        connection.carry(far, client);
    }

    @Override
    public void close() throws IOException {
        door.close();
        drop();
    }

    /** Bytes and when they arrive; no bytes: the end. */
    private record Chunk(byte[] bytes, long due) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(due, ((Chunk) other).due);
        }
    }

    private final class Connection {
        private static final int CHUNK = 64 * 1024;

        private final Socket client;
        private final Socket far;
        private volatile boolean deaf;

        Connection(Socket client, Socket far) {
            this.client = client;
            this.far = far;
        }

        void carry(Socket from, Socket to) {
            var onTheWay = new DelayQueue<Chunk>();
            Thread.ofVirtual().start(() -> read(from, onTheWay));
            Thread.ofVirtual().start(() -> write(onTheWay, to));
        }

        private void read(Socket from, DelayQueue<Chunk> onTheWay) {
            var buffer = new byte[CHUNK];
            var last = System.nanoTime();
            try {
                for (var count = from.getInputStream().read(buffer); count > 0; ) {
                    if (!silent && !deaf) {
                        // one after the other, also when the delay shrinks
                        last = Math.max(last + 1, System.nanoTime() + delay.toNanos());
                        onTheWay.add(new Chunk(Arrays.copyOf(buffer, count), last));
                    }
                    count = from.getInputStream().read(buffer);
                }
            } catch (IOException _) {
                // ended like a stream that ends
            }
            onTheWay.add(new Chunk(new byte[0], Math.max(last + 1, System.nanoTime() + delay.toNanos())));
        }

        private void write(DelayQueue<Chunk> onTheWay, Socket to) {
            try {
                for (var chunk = onTheWay.take(); chunk.bytes().length > 0; chunk = onTheWay.take()) {
                    to.getOutputStream().write(chunk.bytes());
                }
            } catch (IOException _) {
                // the other side is gone
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            close();
        }

        void deafen() {
            deaf = true;
        }

        void close() {
            connections.remove(this);
            try (client;
                    far) {
                client.setSoLinger(true, 0);
                far.setSoLinger(true, 0);
            } catch (IOException _) {
                // it is closed already
            }
        }
    }
}
