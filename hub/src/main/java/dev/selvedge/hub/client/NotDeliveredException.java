package dev.selvedge.hub.client;

/** The client may not have the message; it should be sent again. */
public final class NotDeliveredException extends Exception {
    public NotDeliveredException(String why) {
        super(why);
    }
}
