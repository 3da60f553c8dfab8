package dev.selvedge.bench.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

import dev.selvedge.bench.load.Access;
import dev.selvedge.bench.load.Subscriber;

/** A server under test: a process of its own on loopback. */
public interface Server extends AutoCloseable {
    /** Name and what its acknowledgement is worth, for the tables. */
    String name();

    /** Whether what it acknowledges has been forced to disk. */
    boolean durable();

    /** How a publisher reaches it. */
    Access publisher(int number) throws IOException;

    /** How the one receiver of everything reaches it. */
    Access receiver() throws IOException;

    long pid();

    /** What it keeps on disk. */
    Path data();

    /** Gives up what waits for the receiver, and keeps what comes from now on. */
    default void forget() throws IOException {
        Subscriber.leaveEmptySession(receiver());
    }

    @Override
    void close() throws IOException;

    /** A port of loopback that nobody listens on. */
    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
