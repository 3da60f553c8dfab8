package dev.selvedge.operator.render;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;

/** Owner references: what has one goes with its owner, with no finalizer and with no operator running. */
public final class Owners {
    private Owners() {}

    /** The one owner of an object. */
    public static OwnerReference controller(HasMetadata owner) {
        return reference(owner).withController(true).build();
    }

    /** One of several owners: the object goes with the last of them. */
    public static OwnerReference shared(HasMetadata owner) {
        return reference(owner).build();
    }

    private static OwnerReferenceBuilder reference(HasMetadata owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid());
    }
}
