/** The load: MQTT clients that cost little themselves, and the book of what arrived. */
@NullMarked
package dev.selvedge.bench.load;

import org.jspecify.annotations.NullMarked;
