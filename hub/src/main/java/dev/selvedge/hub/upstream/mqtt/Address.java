package dev.selvedge.hub.upstream.mqtt;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Where a name leads: what DNS says now, or what it said last if it cannot be asked or takes longer than a second. A resolver that waits for a
 * link that is away answers long after its return. One thread asks at a time.
 */
final class Address {
    private static final long PATIENCE_MILLIS = 1000;

    private final String host;
    private final int port;
    private final Lookup lookup;
    private CompletableFuture<InetAddress> asked = CompletableFuture.failedFuture(new UnknownHostException());
    private volatile @Nullable InetAddress known;

    Address(String host, int port) {
        this(host, port, InetAddress::getByName);
    }

    Address(String host, int port, Lookup lookup) {
        this.host = host;
        this.port = port;
        this.lookup = lookup;
    }

    CompletableFuture<InetSocketAddress> find() {
        if (asked.isDone()) {
            asked = ask();
        }
        var last = known;
        var answer = last == null
                ? asked
                : asked.copy()
                        .completeOnTimeout(last, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                        .exceptionally(_ -> last);
        return answer.thenApply(found -> new InetSocketAddress(found, port));
    }

    private CompletableFuture<InetAddress> ask() {
        var answer = new CompletableFuture<InetAddress>();
        Thread.ofPlatform().name("selvedge-upstream-name").daemon().start(() -> {
            try {
                var found = lookup.find(host);
                known = found;
                answer.complete(found);
            } catch (UnknownHostException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Asks DNS; may take long. */
    @FunctionalInterface
    interface Lookup {
        InetAddress find(String host) throws UnknownHostException;
    }
}
