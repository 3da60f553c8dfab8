/** What a connected client is, whatever it speaks: one for each identity, told of its twin and given its messages. */
@NullMarked
package dev.selvedge.hub.client;

import org.jspecify.annotations.NullMarked;
