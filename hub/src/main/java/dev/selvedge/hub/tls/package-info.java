/** The hub's server certificate and whose certificates it trusts: read from a folder, replaced without a restart. */
@NullMarked
package dev.selvedge.hub.tls;

import org.jspecify.annotations.NullMarked;
