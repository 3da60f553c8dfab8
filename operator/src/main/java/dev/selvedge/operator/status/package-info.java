/** What the conditions say, and why a pod is not up. Pure, over cached objects. */
@NullMarked
package dev.selvedge.operator.status;

import org.jspecify.annotations.NullMarked;
