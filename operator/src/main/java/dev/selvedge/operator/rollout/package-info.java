/** How a change travels over the nodes: which instance gets it now, what the others wait for, what is late. Pure: the time is given. */
@NullMarked
package dev.selvedge.operator.rollout;

import org.jspecify.annotations.NullMarked;
