package dev.selvedge.hub.net;

import java.util.concurrent.CompletableFuture;

/** A connection that somebody opened, let in or not. Any thread. */
public interface OpenConnection {
    /** Ends the connection when what was received is on disk and acknowledged. */
    void drain(String why);

    /** Completes on the connection's event loop when a client is let in on it. */
    CompletableFuture<Void> admitted();

    /** Completes when the connection has ended. */
    CompletableFuture<Void> closed();
}
