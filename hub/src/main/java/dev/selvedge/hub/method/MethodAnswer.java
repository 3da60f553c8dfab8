package dev.selvedge.hub.method;

/**
 * What a client answered.
 *
 * @param status the client's own, any number
 * @param payload JSON, or nothing
 */
public record MethodAnswer(int status, byte[] payload) {}
