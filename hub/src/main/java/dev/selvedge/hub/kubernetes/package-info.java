/** ModuleTwins of the cluster: desired properties come in, statuses go out. The only package that talks to the API server. */
@NullMarked
package dev.selvedge.hub.kubernetes;

import org.jspecify.annotations.NullMarked;
