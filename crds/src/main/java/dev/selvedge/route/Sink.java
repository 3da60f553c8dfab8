package dev.selvedge.route;

/** The {@code INTO} of a route. */
public sealed interface Sink {
    /** {@code $upstream}. */
    record Upstream() implements Sink {
        @Override
        public String toString() {
            return "$upstream";
        }
    }

    /** {@code BrokeredEndpoint("/modules/{module}/inputs/{input}")}: always a module of the same device. */
    record ModuleInput(String moduleId, String input) implements Sink {
        @Override
        public String toString() {
            return "BrokeredEndpoint(\"/modules/" + moduleId + "/inputs/" + input + "\")";
        }
    }
}
