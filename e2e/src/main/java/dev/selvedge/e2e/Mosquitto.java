package dev.selvedge.e2e;

/** A real Mosquitto with TLS and a password, outside the site: the upstream of the demo and the tests. */
interface Mosquitto extends AutoCloseable {
    /** How pods reach it. */
    String url();

    String user();

    String password();

    /** What its certificate is trusted by, PEM. */
    String ca();

    /** Its port on this machine's loopback, for who looks at what arrives. May be closed while it is cut off. */
    int door();

    /** Hubs cannot reach it any more. */
    void cut();

    void restore();

    @Override
    void close();
}
