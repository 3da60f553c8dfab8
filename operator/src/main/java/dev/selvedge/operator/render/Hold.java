package dev.selvedge.operator.render;

import io.fabric8.kubernetes.api.model.HasMetadata;

/** The annotation by which a person, without touching what Git owns, keeps a module's instances as they are. */
public final class Hold {
    public static final String ANNOTATION = "selvedge.dev/hold";

    private Hold() {}

    /** Whether changes of an object wait. */
    public static boolean of(HasMetadata object) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations != null && "true".equals(annotations.get(ANNOTATION));
    }
}
