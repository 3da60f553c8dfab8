package dev.selvedge.hub.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.selvedge.hub.async.Stages;
import dev.selvedge.hub.client.Callers.Wish;
import dev.selvedge.hub.message.Percent;
import dev.selvedge.hub.method.MethodAnswer;
import dev.selvedge.hub.method.MethodException;
import dev.selvedge.hub.method.MethodRequest;
import dev.selvedge.hub.method.Methods;
import dev.selvedge.identity.Identity;
import io.vertx.core.http.HttpServerRequest;

/**
 * {@code POST /twins/{device}[/modules/{module}]/methods}, as SDKs call it. Answers 200 with the method's status and payload.
 */
public final class MethodsDoor implements Door {
    private static final JsonFactory JSON = new JsonFactory();
    /** Python writes a letter of two bytes as an escape of six; what is parsed takes many times as much memory. */
    private static final int MAX_BODY = 3 * MethodRequest.MAX_PAYLOAD + 4096;

    private static final String EDGE_AGENT = "$edgeAgent";

    private final Methods methods;

    public MethodsDoor(Methods methods) {
        this.methods = methods;
    }

    @Override
    public String paths() {
        return "/twins/{device}[/modules/{module}]/methods";
    }

    @Override
    public Wish wish() {
        return Wish.CALL_METHODS;
    }

    @Override
    public int maxBody() {
        return MAX_BODY;
    }

    @Override
    public boolean keepsBody() {
        return false;
    }

    @Override
    public CompletionStage<Answer> receive(Identity target, HttpServerRequest request, byte[] body) {
        return call(target, body)
                .thenApply(answer -> new Answer(200, document(answer)))
                .exceptionallyCompose(e -> CompletableFuture.failedFuture(told(e)));
    }

    private CompletionStage<MethodAnswer> call(Identity target, byte[] body) {
        try {
            return methods.call(target, MethodRequest.parse(body));
        } catch (MethodException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Throwable told(Throwable failure) {
        var cause = Stages.cause(failure);
        return cause instanceof MethodException e
                ? new HttpException(status(e), String.valueOf(e.getMessage()))
                : cause;
    }

    private static int status(MethodException e) {
        return switch (e.why()) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case TOO_MANY -> 429;
            case NO_ANSWER -> 504;
        };
    }

    @Override
    public Optional<Identity> target(String path) throws HttpException {
        var parts = path.split("/", -1);
        var device = parts.length == 4 && parts[3].equals("methods");
        var module = parts.length == 6 && parts[3].equals("modules") && parts[5].equals("methods");
        if (!parts[0].isEmpty() || parts.length < 4 || !parts[1].equals("twins") || !(device || module)) {
            return Optional.empty();
        }
        try {
            var moduleId = module ? Percent.decode(parts[4]) : null;
            if (EDGE_AGENT.equals(moduleId)) {
                throw new HttpException(404, "this hub has no " + EDGE_AGENT + ": Kubernetes runs the modules");
            }
            return Optional.of(new Identity(Percent.decode(parts[2]), moduleId));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static byte[] document(MethodAnswer answer) {
        return ("{\"status\":" + answer.status() + ",\"payload\":" + payload(answer.payload()) + "}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** What the module answered: JSON as it wrote it, nothing as null, and what is no JSON as a text. */
    private static String payload(byte[] payload) {
        var text = new String(payload, StandardCharsets.UTF_8);
        if (text.isBlank()) {
            return "null";
        }
        return isJson(text) ? text.strip() : TextNode.valueOf(text).toString();
    }

    /** Whether it is one value and no more. */
    private static boolean isJson(String text) {
        try (var parser = JSON.createParser(text)) {
            parser.nextToken();
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (IOException _) {
            return false;
        }
    }
}
