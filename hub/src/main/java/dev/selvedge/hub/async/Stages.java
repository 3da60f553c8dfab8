package dev.selvedge.hub.async;

import java.util.concurrent.CompletionException;

/** How {@link java.util.concurrent.CompletionStage}s fail. */
public final class Stages {
    private Stages() {}

    /** Why a stage failed, whether the failure comes from that stage itself or, wrapped, from one that it waited for. */
    public static Throwable cause(Throwable failure) {
        var cause = failure instanceof CompletionException ? failure.getCause() : null;
        return cause == null ? failure : cause;
    }
}
