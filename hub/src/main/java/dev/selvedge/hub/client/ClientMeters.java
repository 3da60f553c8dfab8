package dev.selvedge.hub.client;

import dev.selvedge.identity.Identity;

/** What is counted of clients. Any thread; must not block. */
public interface ClientMeters {
    /** Counts nothing. */
    ClientMeters NONE = new ClientMeters() {
        @Override
        public void connected(Identity client) {}

        @Override
        public void disconnected(Identity client) {}

        @Override
        public void refused(String reason) {}
    };

    /** A client was let in. */
    void connected(Identity client);

    /** A client that was let in is gone. */
    void disconnected(Identity client);

    /** A client was not let in; {@code reason} is one of a few fixed words. */
    void refused(String reason);
}
