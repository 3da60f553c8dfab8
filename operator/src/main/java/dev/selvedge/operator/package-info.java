/** The operator: turns EdgeHub, EdgeModule and ModuleTwin into pods. */
@NullMarked
package dev.selvedge.operator;

import org.jspecify.annotations.NullMarked;
