/** The hub as modules see it that speak AMQP 1.0: the default of the C# and Java SDKs. */
@NullMarked
package dev.selvedge.hub.amqp;

import org.jspecify.annotations.NullMarked;
