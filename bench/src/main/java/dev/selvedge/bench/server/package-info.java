/** The hub and its peers as processes of their own on loopback, and what they take of the machine. */
@NullMarked
package dev.selvedge.bench.server;

import org.jspecify.annotations.NullMarked;
