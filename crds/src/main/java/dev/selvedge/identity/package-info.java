/** Device and module identities and the keys derived for them. Pure. */
@NullMarked
package dev.selvedge.identity;

import org.jspecify.annotations.NullMarked;
