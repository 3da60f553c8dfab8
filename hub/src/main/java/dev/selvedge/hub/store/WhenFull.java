package dev.selvedge.hub.store;

/** What gives way when there is no room for a new record. */
public enum WhenFull {
    /** The new one: nothing that was accepted is given up. */
    REJECT_NEW,
    /** The oldest that is stored, whatever its priority. */
    DROP_OLDEST,
    /** The oldest of the lowest priority, but nothing of a higher priority than the new one's; if there is nothing else, the new one. */
    DROP_LOWEST_PRIORITY
}
