/**
 * The message log and the state journal: java.nio only. One thread writes; everybody may read. What is acknowledged is on disk; what is not on
 * disk is not acknowledged. The bytes are described in {@code docs/reference/store-format.md}.
 */
@NullMarked
package dev.selvedge.hub.store;

import org.jspecify.annotations.NullMarked;
