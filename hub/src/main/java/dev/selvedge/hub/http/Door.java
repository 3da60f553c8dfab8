package dev.selvedge.hub.http;

import java.util.Optional;
import java.util.concurrent.CompletionStage;

import dev.selvedge.hub.client.Callers.Wish;
import dev.selvedge.identity.Identity;
import io.vertx.core.http.HttpServerRequest;

/** One thing that can be asked of a client with a POST. */
interface Door {
    /** What an answer has: JSON, or nothing. */
    record Answer(int status, byte[] body) {}

    /** The paths that lead here, for whom finds none. */
    String paths();

    /** About whom a path is; empty when it leads elsewhere. Fails when it leads to somebody that no hub has, in words for the caller. */
    Optional<Identity> target(String path) throws HttpException;

    Wish wish();

    /** Most bytes of a body. */
    int maxBody();

    /** Whether the body is held in memory until the answer, not only while it is received. */
    boolean keepsBody();

    /** Serves a request of somebody who may make it; fails with a {@link HttpException} in words for the caller. The request's event loop. */
    CompletionStage<Answer> receive(Identity target, HttpServerRequest request, byte[] body);
}
