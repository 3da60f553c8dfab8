package dev.selvedge.hub.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.client.Callers;
import dev.selvedge.hub.net.Wire;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.security.ClientCertificate;
import dev.selvedge.identity.Identity;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads a request to the {@link Door} of its path, if whoever makes it may: a module with its own token or certificate, or the bearer of a token
 * that {@link Callers} know. A request that is not served is told why in a {@code message}.
 */
public final class Doors {
    private static final Logger LOG = LoggerFactory.getLogger(Doors.class);
    private static final String BEARER = "Bearer ";
    private static final String CALLER = "x-ms-edge-moduleId";
    /** For whom it was only the wrong moment. */
    private static final String RETRY_AFTER_SECONDS = "5";

    private static final int UNAVAILABLE = 503;

    private final Authenticator authenticator;
    private final Callers callers;
    private final List<Door> doors;
    private final AtomicInteger bodies = new AtomicInteger();

    private Doors(Authenticator authenticator, Callers callers, List<Door> doors) {
        this.authenticator = authenticator;
        this.callers = callers;
        this.doors = doors;
    }

    /** All that a hub has. */
    public static Doors of(
            Authenticator authenticator, Callers callers, MethodsDoor methods, DeviceBoundDoor deviceBound) {
        return new Doors(authenticator, callers, List.of(methods, deviceBound));
    }

    void receive(HttpServerRequest request) {
        var path = String.valueOf(request.path());
        try {
            for (var door : doors) {
                var target = door.target(path);
                if (target.isPresent()) {
                    receive(request, door, target.get());
                    return;
                }
            }
        } catch (HttpException e) {
            refuse(request, e);
            return;
        }
        refuse(
                request,
                404,
                "there is nothing here but POST "
                        + doors.stream().map(Door::paths).collect(Collectors.joining(", POST ")) + ", and WebSockets");
    }

    private void receive(HttpServerRequest request, Door door, Identity target) {
        if (!request.method().equals(HttpMethod.POST)) {
            refuse(request, 405, "this takes a POST");
            return;
        }
        // who may not ask for it is refused by the head of the request: the hub keeps nothing of the body
        request.pause();
        var body = new Body(bodies, door.maxBody());
        authorised(request, door.wish(), target)
                .thenComposeAsync(_ -> body.of(request), eventLoop())
                .thenCompose(bytes -> received(request, door, target, body, bytes))
                .whenComplete((answer, failure) -> {
                    body.release();
                    if (failure == null) {
                        answer(request, answer.status(), answer.body());
                    } else {
                        refuse(request, failure);
                    }
                });
    }

    private static CompletionStage<Door.Answer> received(
            HttpServerRequest request, Door door, Identity target, Body body, byte[] bytes) {
        var answer = door.receive(target, request, bytes);
        if (!door.keepsBody()) {
            body.release();
        }
        return answer;
    }

    private static Executor eventLoop() {
        var context = Objects.requireNonNull(Vertx.currentContext());
        return task -> context.runOnContext(_ -> task.run());
    }

    private CompletionStage<Boolean> authorised(HttpServerRequest request, Callers.Wish wish, Identity target) {
        var authorization = request.getHeader("Authorization");
        if (authorization != null && authorization.startsWith(BEARER)) {
            return callers.may(authorization.substring(BEARER.length()).strip(), wish, target)
                    .exceptionallyCompose(
                            e -> failed(UNAVAILABLE, "the API server does not say whether you may: " + e.getMessage()))
                    .thenCompose(verdict -> switch (verdict) {
                        case ALLOWED -> CompletableFuture.completedFuture(true);
                        case FORBIDDEN ->
                            failed(
                                    403,
                                    "this caller may not 'create' 'moduletwins/" + wish.subresource() + "' of "
                                            + target);
                        case UNKNOWN -> failed(401, "the bearer token is not known here");
                    });
        }
        var caller = Optional.ofNullable(request.getHeader(CALLER)).flatMap(Identity::parse);
        if (caller.isEmpty() || caller.get().moduleId() == null) {
            return failed(400, "the header " + CALLER + " must be {device}/{module}, the caller");
        }
        var certificate = Wire.certificate(request.connection().sslSession()).flatMap(ClientCertificate::of);
        var result = authorization == null && certificate.isPresent()
                ? authenticator.authenticate(caller.get(), certificate.get())
                : authenticator.authenticate(caller.get(), String.valueOf(authorization));
        if (result instanceof Refused refused) {
            return failed(401, refused.reason());
        }
        return CompletableFuture.completedFuture(true);
    }

    private static <T> CompletionStage<T> failed(int status, String why) {
        return CompletableFuture.failedFuture(new HttpException(status, why));
    }

    private static void refuse(HttpServerRequest request, Throwable failure) {
        var cause = Stages.cause(failure);
        if (cause instanceof HttpException e) {
            refuse(request, e.status(), String.valueOf(e.getMessage()));
        } else {
            LOG.error("request not served: path={}", request.path(), cause);
            refuse(request, 500, "the hub failed to serve the request");
        }
    }

    private static void refuse(HttpServerRequest request, int status, String why) {
        LOG.info("request not served: path={} status={} reason={}", request.path(), status, why);
        var body = JsonNodeFactory.instance.objectNode().put("message", why);
        answer(request, status, body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpServerRequest request, int status, byte[] body) {
        // what comes yet is dropped
        request.resume();
        var response = request.response();
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status);
            if (status == UNAVAILABLE) {
                response.putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            }
            if (body.length > 0) {
                response.putHeader("Content-Type", "application/json; charset=utf-8");
            }
            response.end(Buffer.buffer(body));
        }
    }
}
