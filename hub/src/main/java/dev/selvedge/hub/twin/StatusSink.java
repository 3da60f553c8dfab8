package dev.selvedge.hub.twin;

import java.util.List;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.api.v1alpha1.Condition;
import dev.selvedge.identity.Identity;

/** Where the hub shows what its twins report: ModuleTwin statuses, or files. Implementations coalesce: the newest wins, at most one write a second. */
public interface StatusSink extends AutoCloseable {
    /** The state of a twin changed. Returns at once; any thread. */
    void changed(Identity identity, State state);

    @Override
    void close();

    /**
     * What is to be shown of one twin.
     *
     * @param conditions what the hub found out about itself: on its own twin alone
     */
    record State(
            String uid,
            ObjectNode reported,
            long desiredVersion,
            long reportedVersion,
            boolean connected,
            List<Condition> conditions) {
        public State {
            conditions = List.copyOf(conditions);
        }
    }
}
