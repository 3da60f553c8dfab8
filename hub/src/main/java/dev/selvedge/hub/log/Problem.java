package dev.selvedge.hub.log;

/**
 * One warning or error from the log.
 *
 * @param time RFC 3339
 * @param message without stack trace, cut after {@value Problems#LONGEST} characters
 */
public record Problem(String time, String level, String logger, String message) {}
