package dev.selvedge.identity;

import java.util.List;

/**
 * How an identity proves itself, as its ModuleTwin says. What it shows is made for a generation, so that it can be replaced: while two generations
 * are good, clients can move from one to the other.
 *
 * @param generations those that are good; the first is the one that is given out
 * @param enabled whether it may connect at all
 */
public record Credentials(Kind kind, List<String> generations, boolean enabled) {
    /** The generation of an identity that names none. */
    public static final String FIRST_GENERATION = "1";

    /** Of an identity that says nothing. */
    public static final Credentials DEFAULT = ofKey(FIRST_GENERATION);

    /** What is shown. */
    public enum Kind {
        /** A symmetric key, or a token made with it. */
        KEY,
        /** A client certificate of the site's CA. */
        CERTIFICATE
    }

    public Credentials {
        if (generations.isEmpty()) {
            throw new IllegalArgumentException("an identity has a generation");
        }
        generations = List.copyOf(generations);
    }

    /** A key of this generation, and nothing else. */
    public static Credentials ofKey(String generation) {
        return new Credentials(Kind.KEY, List.of(generation), true);
    }

    /** The generation of what is given out. */
    public String generation() {
        return generations.getFirst();
    }

    /** Whether what was made for this generation lets its holder in. */
    public boolean admits(Kind shown, String generation) {
        return enabled && kind == shown && generations.contains(generation);
    }
}
