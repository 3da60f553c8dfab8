package dev.selvedge.operator.rollout;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How far the images that a change brings are on their way to a node.
 *
 * @param done whether all of them are there
 * @param begun since when the node had the chance to pull them; null when it was not told to
 */
public record Pull(boolean done, @Nullable Instant begun) {
    /** A change that brings no image. */
    public static final Pull NEEDLESS = new Pull(true, null);

    /** Images that the node was not told to pull yet. */
    public static final Pull DUE = new Pull(false, null);

    /** Images that are being pulled since a moment, or were. */
    public static Pull since(Instant begun, boolean done) {
        return new Pull(done, begun);
    }

    /** Whether a node was told to pull them and has not all of them. */
    public boolean goesOn() {
        return !done && begun != null;
    }

    /** These images when it is known that the node had no chance before a moment. */
    public Pull notBefore(Instant moment) {
        return begun == null || begun.isAfter(moment) ? this : new Pull(done, moment);
    }
}
