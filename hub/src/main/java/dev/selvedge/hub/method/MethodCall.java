package dev.selvedge.hub.method;

/**
 * A call on its way to a client.
 *
 * @param id a GUID in lower case; the answer carries it
 * @param payload JSON, or nothing
 */
public record MethodCall(String id, String name, byte[] payload) {}
