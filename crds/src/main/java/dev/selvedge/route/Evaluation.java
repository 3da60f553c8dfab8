package dev.selvedge.route;

import org.jspecify.annotations.Nullable;

/** One message on its way past some routes: its body is parsed when the first of them asks for it, and never again. One thread. */
public final class Evaluation {
    private final Routable message;
    private final BodyPaths paths;
    private @Nullable JsonBody body;

    /** @param paths of all the routes that will see this message */
    public Evaluation(Routable message, BodyPaths paths) {
        this.message = message;
        this.paths = paths;
    }

    Routable message() {
        return message;
    }

    JsonBody body() {
        var parsed = body;
        if (parsed == null) {
            parsed = JsonBody.of(message, paths);
            body = parsed;
        }
        return parsed;
    }
}
