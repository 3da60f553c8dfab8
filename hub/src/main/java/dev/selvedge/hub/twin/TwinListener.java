package dev.selvedge.hub.twin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.selvedge.identity.Identity;

/** Hears of changes to twins once they are on disk, or the disk has refused them. Calls come on the source's or the journal's thread, in order for one twin; do not block. */
public interface TwinListener {
    /**
     * The desired properties changed.
     *
     * @param patch the merge patch from what they were, without {@code $version}; empty when only the version changed
     */
    void desiredChanged(Identity identity, ObjectNode patch, long version);

    /** How the identity proves itself changed: who is connected as it may have to go. */
    void credentialsChanged(Identity identity);

    /** The identity is gone, or is another one under the same name: who is connected as it must go. */
    void revoked(Identity identity, String why);
}
