package dev.selvedge.hub.client;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.hub.client.Departure.Cause;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.twin.TwinListener;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.identity.Identity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is connected, by any protocol: one client for each identity. Clients are told of changes to their twins, routes and identities wherever
 * those come from. Any thread.
 */
public final class Clients {
    private static final Logger LOG = LoggerFactory.getLogger(Clients.class);
    /** Why clients are sent away that may well come back and be sent away for the same. */
    private static final Set<Cause> SENT_AWAY =
            EnumSet.of(Cause.TAKEN_OVER, Cause.PROTOCOL, Cause.NOT_STORED, Cause.FAILURE);

    private final Map<Identity, Client> clients = new ConcurrentHashMap<>();
    private final Twins twins;
    private final Sessions sessions;
    private final ClientMeters meters;
    private final int max;
    private final Turnstile turnstile;
    private volatile boolean closed;

    /** @param max clients at once; one more is refused */
    public Clients(Twins twins, RouterHolder routers, Sessions sessions, ClientMeters meters, int max) {
        this(twins, routers, sessions, meters, max, System::nanoTime);
    }

    Clients(Twins twins, RouterHolder routers, Sessions sessions, ClientMeters meters, int max, LongSupplier nanoTime) {
        turnstile = new Turnstile(nanoTime);
        this.twins = twins;
        this.sessions = sessions;
        this.meters = meters;
        this.max = max;
        twins.listen(new Changes());
        routers.onChange(_ -> clients.values().forEach(Client::routesChanged));
    }

    /** How long the identity has to wait before it is admitted: it comes back again and again, only to be sent away. */
    public Duration patience(Identity identity) {
        return turnstile.patience(identity);
    }

    /** The client now speaks for the identity; an earlier one is closed. False when there are too many clients or the hub stops. */
    public boolean admit(Identity identity, Client client) {
        if (closed || (clients.size() >= max && !clients.containsKey(identity))) {
            return false;
        }
        var before = clients.put(identity, client);
        if (before != null) {
            before.close(new Departure(Cause.TAKEN_OVER, "the same identity connected again"));
        }
        meters.connected(identity);
        showConnection(identity);
        return true;
    }

    /**
     * The client is gone. Call it once for each that was admitted.
     *
     * @return false when another one has taken its identity over
     */
    public boolean gone(Identity identity, Client client, Departure why) {
        meters.disconnected(identity);
        if (SENT_AWAY.contains(why.cause())) {
            turnstile.sentAway(identity);
        }
        var last = clients.remove(identity, client);
        if (last) {
            showConnection(identity);
        }
        return last;
    }

    private void showConnection(Identity identity) {
        twins.connection(identity, () -> clients.containsKey(identity));
    }

    /** How many clients are connected. */
    public int connected() {
        return clients.size();
    }

    /** Lets nobody in any more. */
    public void close() {
        closed = true;
    }

    private final class Changes implements TwinListener {
        @Override
        public void desiredChanged(Identity identity, ObjectNode patch, long version) {
            var client = clients.get(identity);
            if (client != null) {
                client.desiredChanged();
            }
        }

        @Override
        public void credentialsChanged(Identity identity) {
            var client = clients.get(identity);
            if (client != null) {
                client.credentialsChanged();
            }
        }

        @Override
        public void revoked(Identity identity, String why) {
            var client = clients.get(identity);
            if (client == null) {
                forget(identity);
            } else {
                client.close(new Departure(Cause.NOT_AUTHORIZED, why)).thenRun(() -> forget(identity));
            }
        }

        private void forget(Identity identity) {
            sessions.clear(identity).whenComplete((_, failure) -> {
                if (failure != null) {
                    LOG.error("session of a revoked identity is still on disk: client={}", identity, failure);
                }
            });
        }
    }
}
