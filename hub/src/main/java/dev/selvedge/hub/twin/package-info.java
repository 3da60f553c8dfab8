/** Twin truth: desired properties from Kubernetes or a folder, reported ones from the modules, both on disk. */
@NullMarked
package dev.selvedge.hub.twin;

import org.jspecify.annotations.NullMarked;
