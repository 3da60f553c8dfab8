package dev.selvedge.hub.store;

import java.io.IOException;

/** The disk did not do what it was asked: nothing may be acknowledged. The message says which file and what to do. */
public class StoreException extends IOException {
    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
