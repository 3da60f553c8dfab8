package dev.selvedge.hub.client;

import java.util.concurrent.CompletionStage;

/** A connected client, whatever it speaks. Any thread: implementations pass on to their event loop. */
public interface Client {
    /** The desired properties of its twin changed. */
    void desiredChanged();

    /** How its identity proves itself changed: it goes unless what it showed is still good. */
    void credentialsChanged();

    /** The routes changed: other inputs may lead to it. */
    void routesChanged();

    /** Ends the connection for a reason that is told to the client where its protocol can. Completes when it has ended. */
    CompletionStage<Void> close(Departure why);
}
