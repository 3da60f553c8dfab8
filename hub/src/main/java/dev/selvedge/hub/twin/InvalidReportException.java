package dev.selvedge.hub.twin;

/** Reported properties that break a rule. The message says which and where. */
public final class InvalidReportException extends Exception {
    InvalidReportException(String message) {
        super(message);
    }
}
