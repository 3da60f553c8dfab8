/** The demo's story and what it needs: a cluster, a broker, a site, and a ledger that counts every message. */
@NullMarked
package dev.selvedge.e2e;

import org.jspecify.annotations.NullMarked;
