package dev.selvedge.route;

import org.jspecify.annotations.Nullable;

/** One message on its way past some routes: its body is parsed when the first of them asks for it, and never again. One thread. */
public final class Evaluation {
    /** Most characters of all the texts that one condition makes of one message: a few properties are named thousands of times in a route. */
    static final int MAX_MADE = 1 << 20;

    private final Routable message;
    private final BodyPaths paths;
    private @Nullable JsonBody body;
    private int mayMake = MAX_MADE;

    /** @param paths of all the routes that will see this message */
    public Evaluation(Routable message, BodyPaths paths) {
        this.message = message;
        this.paths = paths;
    }

    Routable message() {
        return message;
    }

    /** Before a condition: what others made does not count for it. */
    void begin() {
        mayMake = MAX_MADE;
    }

    /** Whether the condition may make a text of so many characters; if so they count. To be asked before it is made. */
    boolean mayMake(long characters) {
        if (characters > mayMake) {
            return false;
        }
        mayMake -= (int) characters;
        return true;
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
