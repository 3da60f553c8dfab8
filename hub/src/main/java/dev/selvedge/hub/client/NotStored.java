package dev.selvedge.hub.client;

import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.store.StoreException;
import dev.selvedge.identity.Identity;
import org.slf4j.Logger;

/**
 * Why what a client sent was not stored. While a disk is full everything comes here, so what the store has said takes one line; anything else
 * nobody expected, and is logged with all that is known.
 */
public final class NotStored {
    private final Throwable cause;

    private NotStored(Throwable cause) {
        this.cause = cause;
    }

    /** @param failure what the intake's answer failed with */
    public static NotStored because(Throwable failure) {
        return new NotStored(Stages.cause(failure));
    }

    public Throwable cause() {
        return cause;
    }

    /** @param what was not stored, as a log's line begins */
    public void log(Logger log, String what, Identity client) {
        if (cause instanceof StoreException) {
            log.warn("{} not stored and not acknowledged: client={} why={}", what, client, cause.getMessage());
        } else {
            log.error("{} not stored and not acknowledged: client={}", what, client, cause);
        }
    }
}
