package dev.selvedge.hub.store;

/** The store is at its limit and refuses the new message; what was accepted stays. The sender tries again later. */
public final class StoreFullException extends StoreException {
    public StoreFullException(String message) {
        super(message);
    }
}
