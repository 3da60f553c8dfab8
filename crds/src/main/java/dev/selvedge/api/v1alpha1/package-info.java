/** The custom resources of {@code selvedge.dev/v1alpha1}. Their CRD YAML is generated from these types. */
@NullMarked
package dev.selvedge.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
