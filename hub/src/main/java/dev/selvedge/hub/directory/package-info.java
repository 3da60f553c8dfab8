/** The hub without Kubernetes: the same manifests from a folder, the same plan, and files where statuses would be. */
@NullMarked
package dev.selvedge.hub.directory;

import org.jspecify.annotations.NullMarked;
