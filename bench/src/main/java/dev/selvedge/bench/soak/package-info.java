/** Hours with a hub under small memory and many faults, and the account at the end. */
@NullMarked
package dev.selvedge.bench.soak;

import org.jspecify.annotations.NullMarked;
