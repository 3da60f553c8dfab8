/** A store as a person looks into it and tends it: of a running hub, behind its management port, or of a folder that no hub has. */
@NullMarked
package dev.selvedge.hub.desk;

import org.jspecify.annotations.NullMarked;
