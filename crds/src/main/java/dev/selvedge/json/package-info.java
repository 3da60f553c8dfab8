/** How JSON of others is read. */
@NullMarked
package dev.selvedge.json;

import org.jspecify.annotations.NullMarked;
