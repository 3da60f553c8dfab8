package dev.selvedge.hub.log;

import java.time.Instant;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** Hands everything on to a logger, and notes warnings and errors. */
final class RecordingLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient Logger next;
    private final transient Problems problems;

    RecordingLogger(Logger next, Problems problems) {
        this.name = next.getName();
        this.next = next;
        this.problems = problems;
    }

    @Override
    public boolean isTraceEnabled() {
        return next.isTraceEnabled();
    }

    @Override
    public boolean isDebugEnabled() {
        return next.isDebugEnabled();
    }

    @Override
    public boolean isInfoEnabled() {
        return next.isInfoEnabled();
    }

    @Override
    public boolean isWarnEnabled() {
        return next.isWarnEnabled();
    }

    @Override
    public boolean isErrorEnabled() {
        return next.isErrorEnabled();
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level,
            @Nullable Marker marker,
            String template,
            Object @Nullable [] arguments,
            @Nullable Throwable cause) {
        var message = MessageFormatter.basicArrayFormat(template, arguments);
        next.atLevel(level).setCause(cause).log(message);
        if (level.toInt() >= Level.WARN.toInt()) {
            var shortName = name.substring(name.lastIndexOf('.') + 1);
            problems.add(Instant.now(), level.name(), shortName, cause == null ? message : message + ": " + cause);
        }
    }
}
