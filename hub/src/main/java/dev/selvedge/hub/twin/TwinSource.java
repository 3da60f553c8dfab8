package dev.selvedge.hub.twin;

import java.util.Set;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Credentials;
import dev.selvedge.identity.Identity;

/** How desired properties and identities reach the hub: from a watch of ModuleTwins, or from a folder of manifests. */
public interface TwinSource extends AutoCloseable {
    /** Starts feeding the listener; calls may come on any thread, one at a time. Returns at once: the hub serves what it has on disk meanwhile. */
    void start(Listener listener);

    @Override
    void close();

    /** Takes what the source has. */
    interface Listener {
        /**
         * A twin as the source has it now.
         *
         * @param uid another uid is another twin: nothing of the old one stays
         * @param version version of the desired properties: the generation of the ModuleTwin
         */
        void desired(Identity identity, String uid, long version, Credentials credentials, ObjectNode desired);

        /**
         * The credentials of a twin whose desired properties cannot be obeyed: the last good ones stay in force.
         *
         * @param uid another uid is another twin: nothing of the old one stays
         */
        void credentials(Identity identity, String uid, Credentials credentials);

        /** The whole set is known: every other identity that the hub still holds is gone. */
        void complete(Set<Identity> identities);

        /** The twin, and the identity with it, is gone. */
        void removed(Identity identity);
    }
}
