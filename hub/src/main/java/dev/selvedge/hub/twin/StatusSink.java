package dev.selvedge.hub.twin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;

/** Where the hub shows what its twins report: ModuleTwin statuses, or files. Implementations coalesce: the newest wins, at most one write a second. */
public interface StatusSink extends AutoCloseable {
    /** The state of a twin changed. Returns at once; any thread. */
    void changed(Identity identity, State state);

    @Override
    void close();

    /** What is to be shown of one twin. */
    record State(String uid, ObjectNode reported, long desiredVersion, long reportedVersion, boolean connected) {}
}
