/** The route language: parse, check, evaluate. Pure; shared by the operator's checks and the hub. */
@NullMarked
package dev.selvedge.route;

import org.jspecify.annotations.NullMarked;
