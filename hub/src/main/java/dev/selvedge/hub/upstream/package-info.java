/** Where {@code $upstream} leads to; one package for each kind. */
@NullMarked
package dev.selvedge.hub.upstream;

import org.jspecify.annotations.NullMarked;
