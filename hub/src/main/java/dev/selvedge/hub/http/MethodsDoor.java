package dev.selvedge.hub.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.selvedge.hub.message.Percent;
import dev.selvedge.hub.method.Callers;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodException;
import dev.selvedge.hub.method.MethodRequest;
import dev.selvedge.hub.method.Methods;
import dev.selvedge.hub.security.AuthResult.Refused;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.identity.Identity;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /twins/{device}[/modules/{module}]/methods}, as SDKs call it, with a module's own token; or with a bearer token that
 * {@link Callers} know. Answers 200 with the method's status and payload, or an error with a {@code message}.
 */
public final class MethodsDoor {
    private static final Logger LOG = LoggerFactory.getLogger(MethodsDoor.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BEARER = "Bearer ";
    private static final String CALLER = "x-ms-edge-moduleId";
    /** The payload may be written with escapes: six characters for one. */
    private static final int MAX_BODY = 6 * MethodRequest.MAX_PAYLOAD + 4096;

    private final Methods methods;
    private final Authenticator authenticator;
    private final Callers callers;

    public MethodsDoor(Methods methods, Authenticator authenticator, Callers callers) {
        this.methods = methods;
        this.authenticator = authenticator;
        this.callers = callers;
    }

    void receive(HttpServerRequest request) {
        var target = target(String.valueOf(request.path()));
        if (target.isEmpty()) {
            refuse(
                    request,
                    404,
                    "there is nothing here but POST /twins/{device}[/modules/{module}]/methods, and WebSockets");
        } else if (!request.method().equals(HttpMethod.POST)) {
            refuse(request, 405, "methods are called with POST");
        } else {
            body(request)
                    .thenCompose(body -> authorised(request, target.get()).thenApply(_ -> body))
                    .thenCompose(body -> call(target.get(), body))
                    .whenComplete((answer, failure) -> {
                        if (failure == null) {
                            answer(request, 200, document(answer));
                        } else {
                            refuse(request, failure);
                        }
                    });
        }
    }

    /** Collects the body on the request's event loop; one that is too long is not read to its end. */
    private static CompletableFuture<byte[]> body(HttpServerRequest request) {
        var done = new CompletableFuture<byte[]>();
        var body = Buffer.buffer();
        request.handler(chunk -> {
            if (body.length() + chunk.length() > MAX_BODY) {
                done.completeExceptionally(new HttpException(413, "the body has more than " + MAX_BODY + " bytes"));
            } else {
                body.appendBuffer(chunk);
            }
        });
        request.exceptionHandler(done::completeExceptionally);
        request.endHandler(_ -> done.complete(body.getBytes()));
        return done;
    }

    private CompletionStage<Boolean> authorised(HttpServerRequest request, Identity target) {
        var authorization = String.valueOf(request.getHeader("Authorization"));
        if (authorization.startsWith(BEARER)) {
            return callers.mayCall(authorization.substring(BEARER.length()).strip(), target)
                    .exceptionallyCompose(
                            e -> failed(503, "the API server does not say whether you may: " + e.getMessage()))
                    .thenCompose(verdict -> switch (verdict) {
                        case ALLOWED -> CompletableFuture.completedFuture(true);
                        case FORBIDDEN ->
                            failed(403, "this caller may not 'create' 'moduletwins/methods' of " + target);
                        case UNKNOWN -> failed(401, "the bearer token is not known here");
                    });
        }
        var caller = Optional.ofNullable(request.getHeader(CALLER)).flatMap(Identity::parse);
        if (caller.isEmpty() || caller.get().moduleId() == null) {
            return failed(400, "the header " + CALLER + " must be {device}/{module}, the caller");
        }
        if (authenticator.authenticate(caller.get(), authorization) instanceof Refused refused) {
            return failed(401, refused.reason());
        }
        return CompletableFuture.completedFuture(true);
    }

    private CompletionStage<MethodAnswer> call(Identity target, byte[] body) {
        try {
            return methods.call(target, MethodRequest.parse(body));
        } catch (MethodException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Whose methods a path is about; empty when it is about something else. */
    static Optional<Identity> target(String path) {
        var parts = path.split("/", -1);
        var device = parts.length == 4 && parts[3].equals("methods");
        var module = parts.length == 6 && parts[3].equals("modules") && parts[5].equals("methods");
        if (!parts[0].isEmpty() || parts.length < 4 || !parts[1].equals("twins") || !(device || module)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Identity(Percent.decode(parts[2]), module ? Percent.decode(parts[4]) : null));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static byte[] document(MethodAnswer answer) {
        var document = JsonNodeFactory.instance.objectNode();
        document.put("status", answer.status());
        document.set("payload", payload(answer.payload()));
        return document.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** What the module answered: JSON as it is, nothing as null, and what is no JSON as a text. */
    private static JsonNode payload(byte[] payload) {
        if (payload.length == 0) {
            return JsonNodeFactory.instance.nullNode();
        }
        try {
            return JSON.readTree(payload);
        } catch (IOException _) {
            return JsonNodeFactory.instance.textNode(new String(payload, StandardCharsets.UTF_8));
        }
    }

    private static <T> CompletionStage<T> failed(int status, String why) {
        return CompletableFuture.failedFuture(new HttpException(status, why));
    }

    private static void refuse(HttpServerRequest request, Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        switch (cause) {
            case HttpException e -> refuse(request, e.status, String.valueOf(e.getMessage()));
            case MethodException e -> refuse(request, status(e), String.valueOf(e.getMessage()));
            default -> {
                LOG.error("method not called: path={}", request.path(), cause);
                refuse(request, 500, "the hub failed to call the method");
            }
        }
    }

    private static int status(MethodException e) {
        return switch (e.why()) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case NO_ANSWER -> 504;
        };
    }

    private static void refuse(HttpServerRequest request, int status, String why) {
        LOG.info("method not called: path={} status={} reason={}", request.path(), status, why);
        var body = JsonNodeFactory.instance.objectNode().put("message", why);
        answer(request, status, body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void answer(HttpServerRequest request, int status, byte[] body) {
        var response = request.response();
        if (!response.ended() && !response.closed()) {
            response.setStatusCode(status)
                    .putHeader("Content-Type", "application/json; charset=utf-8")
                    .end(Buffer.buffer(body));
        }
    }

    /** An answer other than 200. */
    private static final class HttpException extends Exception {
        private final int status;

        HttpException(int status, String why) {
            super(why);
            this.status = status;
        }
    }
}
