package dev.selvedge.route;

import org.jspecify.annotations.Nullable;

/** One message on its way past all routes: its body is parsed when the first route asks for it, and never again. One thread. */
public final class Evaluation {
    private final Routable message;
    private @Nullable JsonBody body;

    public Evaluation(Routable message) {
        this.message = message;
    }

    Routable message() {
        return message;
    }

    JsonBody body() {
        var parsed = body;
        if (parsed == null) {
            parsed = JsonBody.of(message);
            body = parsed;
        }
        return parsed;
    }
}
