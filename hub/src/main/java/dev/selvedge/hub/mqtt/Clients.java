package dev.selvedge.hub.mqtt;

import dev.selvedge.identity.Identity;

/** Who is connected; one connection for each identity. Any thread. */
interface Clients {
    /** The connection now speaks for the identity; an earlier one is closed. False when there are too many clients or the hub stops. */
    boolean admit(Identity identity, Connection connection);

    /** The connection is gone; does nothing more when another one has taken the identity over. */
    void gone(Identity identity, Connection connection);
}
