/** Direct methods: who can be called, and what becomes of a call. */
@NullMarked
package dev.selvedge.hub.method;

import org.jspecify.annotations.NullMarked;
