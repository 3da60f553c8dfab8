package dev.selvedge.bench.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way from a hub to its upstream. It passes every byte, until it is told that what is on the way gets lost, and until it is cut. Threads of
 * its own, two for each connection.
 */
final class Uplink implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;

    private final int brokerPort;
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Conversation> open = ConcurrentHashMap.newKeySet();

    /** What becomes of the bytes of a connection. Neither side is told. */
    enum Passage {
        WHOLE,
        /** The broker gets everything, and nothing that it answers comes back. */
        NO_ANSWERS,
        NOTHING
    }

    /**
     * Listens at once.
     *
     * @param brokerPort where the broker listens on this machine, when it is there
     */
    Uplink(int brokerPort) throws IOException {
        this.brokerPort = brokerPort;
        Thread.ofPlatform().daemon().name("uplink").start(this::accept);
    }

    /** Where the hub finds its upstream. */
    int port() {
        return server.getLocalPort();
    }

    /** From now on for the connections that there are; new ones pass everything. */
    void pass(Passage passage) {
        open.forEach(conversation -> conversation.passage = passage);
    }

    /** Ends the connections that there are. */
    void cut() {
        open.forEach(Conversation::end);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                var hub = server.accept();
                try {
                    new Conversation(hub, new Socket(InetAddress.getLoopbackAddress(), brokerPort)).begin();
                } catch (IOException _) {
                    // the broker is away, and so the hub is sent away
                    hub.close();
                }
            } catch (IOException _) {
                // closed, or the hub is gone already
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }

    /** One connection of the hub. */
    private final class Conversation {
        private final Socket hub;
        private final Socket broker;
        private volatile Passage passage = Passage.WHOLE;

        Conversation(Socket hub, Socket broker) {
            this.hub = hub;
            this.broker = broker;
        }

        void begin() throws IOException {
            open.add(this);
            hub.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
            Thread.ofPlatform().daemon().name("uplink-up").start(() -> pass(hub, broker));
            Thread.ofPlatform().daemon().name("uplink-down").start(() -> pass(broker, hub));
        }

        private void pass(Socket from, Socket to) {
            var buffer = new byte[BUFFER_BYTES];
            try {
                var in = from.getInputStream();
                var out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    if (passes(from)) {
                        out.write(buffer, 0, read);
                    }
                }
            } catch (IOException _) {
                // one side is gone, and so is the other
            }
            end();
        }

        private boolean passes(Socket from) {
            return switch (passage) {
                case WHOLE -> true;
                case NO_ANSWERS -> from.equals(hub);
                case NOTHING -> false;
            };
        }

        void end() {
            open.remove(this);
            try {
                hub.close();
                broker.close();
            } catch (IOException _) {
                // it is closed
            }
        }
    }
}
