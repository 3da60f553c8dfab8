package dev.selvedge.hub.session;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.store.StateJournal;
import dev.selvedge.identity.Identity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sessions on disk; they survive restarts of the hub. Any thread. */
public final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    private static final String PREFIX = "session/";

    private final StateJournal journal;
    private final InstantSource clock;

    public Sessions(StateJournal journal, InstantSource clock) {
        this.journal = journal;
        this.clock = clock;
    }

    /** The session that this client left; empty when there is none, or when it ended meanwhile. */
    public Optional<Session> find(Identity client) {
        var bytes = journal.get(key(client));
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Session.fromBytes(client, bytes))
                    .filter(session -> session.endMillis() > clock.millis());
        } catch (IOException e) {
            LOG.error("session on disk cannot be read, the client starts a new one: client={}", client, e);
            return Optional.empty();
        }
    }

    /** The client left; completes when it is on disk that its session ends so long from now. */
    public CompletionStage<Void> leave(Session session, Duration keep) {
        return save(session.endingAt(clock.millis() + keep.toMillis()));
    }

    /** Completes when the session is on disk. */
    public CompletionStage<Void> save(Session session) {
        return journal.put(key(session.client()), session.toBytes());
    }

    /** Completes when nothing of the session is left. */
    public CompletionStage<Void> clear(Identity client) {
        return journal.remove(key(client));
    }

    private static String key(Identity client) {
        return PREFIX + client.path();
    }
}
