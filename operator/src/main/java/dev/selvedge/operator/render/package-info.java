/** A site's plan as Kubernetes objects. Pure: no client, no clock, no random. */
@NullMarked
package dev.selvedge.operator.render;

import org.jspecify.annotations.NullMarked;
