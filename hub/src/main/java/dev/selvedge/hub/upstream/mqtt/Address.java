package dev.selvedge.hub.upstream.mqtt;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Where a name leads: what DNS says now, or what it said last if it cannot be asked or takes longer than a second. A resolver that waits for a
 * link that is away answers long after its return. Of several addresses each has its turn, first the one that was reached last. One thread asks
 * at a time.
 */
final class Address {
    private static final long PATIENCE_MILLIS = 1000;

    private final String host;
    private final int port;
    private final Lookup lookup;
    private CompletableFuture<List<InetAddress>> asked = CompletableFuture.failedFuture(new UnknownHostException());
    private volatile @Nullable List<InetAddress> known;
    /** Since one was reached, or all were tried. */
    private final Set<InetAddress> tried = new HashSet<>();

    private @Nullable InetAddress reached;

    Address(String host, int port) {
        this(host, port, InetAddress::getAllByName);
    }

    Address(String host, int port, Lookup lookup) {
        this.host = host;
        this.port = port;
        this.lookup = lookup;
    }

    /** The one to try next. */
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
        return answer.thenApply(found -> new InetSocketAddress(next(found), port));
    }

    /** From now on this one is the first to be tried. */
    synchronized void reached(InetSocketAddress address) {
        reached = address.getAddress();
        tried.clear();
    }

    private synchronized InetAddress next(List<InetAddress> found) {
        if (tried.containsAll(found)) {
            tried.clear();
        }
        var left = found.stream().filter(address -> !tried.contains(address)).toList();
        var next = left.stream()
                .filter(address -> address.equals(reached))
                .findFirst()
                .orElse(left.getFirst());
        tried.add(next);
        return next;
    }

    private CompletableFuture<List<InetAddress>> ask() {
        var answer = new CompletableFuture<List<InetAddress>>();
        Thread.ofPlatform().name("selvedge-upstream-name").daemon().start(() -> {
            try {
                var found = List.of(lookup.find(host));
                known = found;
                answer.complete(found);
            } catch (UnknownHostException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Asks DNS; may take long. At least one address. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] find(String host) throws UnknownHostException;
    }
}
