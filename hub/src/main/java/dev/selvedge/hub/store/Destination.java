package dev.selvedge.hub.store;

/**
 * Where one record has to go.
 *
 * @param endpoint the queue, at most 1,024 bytes in UTF-8
 * @param priority 0 (highest) to {@value #NO_PRIORITY} (none given, lowest)
 * @param expiresAtMillis epoch milliseconds after which nobody wants it; {@link Long#MAX_VALUE} is never
 */
public record Destination(String endpoint, int priority, long expiresAtMillis) {
    /** After all numbered priorities. */
    public static final int NO_PRIORITY = 10;

    public Destination {
        if (priority < 0 || priority > NO_PRIORITY) {
            throw new IllegalArgumentException("priority " + priority + " is not within 0 … " + NO_PRIORITY);
        }
    }

    /** The same, wanted at most until then. */
    public Destination notAfter(long millis) {
        return millis < expiresAtMillis ? new Destination(endpoint, priority, millis) : this;
    }
}
