/** The route language: parse, check, match. Pure; shared by the operator's checks and the hub. */
@NullMarked
package dev.selvedge.route;

import org.jspecify.annotations.NullMarked;
