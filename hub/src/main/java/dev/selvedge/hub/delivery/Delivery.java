package dev.selvedge.hub.delivery;

import dev.selvedge.hub.message.Message;

/**
 * A stored message on its way to one endpoint.
 *
 * @param sequence the store's number of the record; grows per priority, the same when the message is sent again
 * @param storedAtMillis when the hub stored it, epoch milliseconds
 * @param expiresAtMillis when nobody wants it any more, epoch milliseconds; {@link Long#MAX_VALUE} is never
 */
public record Delivery(Message message, int priority, long sequence, long storedAtMillis, long expiresAtMillis) {}
