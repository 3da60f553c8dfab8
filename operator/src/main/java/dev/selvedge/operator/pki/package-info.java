/** The site's certificate authority and the hubs' server certificates. */
@NullMarked
package dev.selvedge.operator.pki;

import org.jspecify.annotations.NullMarked;
