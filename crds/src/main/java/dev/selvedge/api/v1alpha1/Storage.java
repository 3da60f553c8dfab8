package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The hub's volume. Quantities are Kubernetes quantities such as {@code 2Gi}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.maxBytes) || quantity(self.maxBytes).compareTo(quantity(self.size)) < 0",
        message =
                "maxBytes must be smaller than size: the volume also holds twins, sessions and the segment being written",
        fieldPath = ".maxBytes")
@ValidationRule(
        value = "quantity(self.size).compareTo(quantity('64Mi')) >= 0",
        message = "size must be at least 64Mi: a hub needs room for twins, sessions and the segment being written",
        fieldPath = ".size")
@ValidationRule(
        value = "self.size == oldSelf.size",
        message =
                "size cannot be changed: most volumes of small clusters cannot grow. Delete the claim to start with another size",
        fieldPath = ".size")
@ValidationRule(
        value =
                "has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",
        message = "storageClassName cannot be changed once the volume was claimed",
        fieldPath = ".storageClassName")
public record Storage(
        @Required
        @JsonPropertyDescription("Size of the volume claim, for example 2Gi. At least 64Mi. Cannot be changed.")
        @Pattern("^[0-9]+(Mi|Gi|Ti|M|G|T)$")
        @Size(max = 16)
        String size,

        @Nullable
        @JsonPropertyDescription("Storage class of the claim. Absent: the cluster's default class. Cannot be changed.")
        @Size(min = 1, max = 253)
        String storageClassName,

        @Nullable
        @JsonPropertyDescription(
                "Most bytes the message log may take on the volume; must be smaller than size. Absent: three quarters of size.")
        @Pattern("^[0-9]+(Ki|Mi|Gi|Ti|k|M|G|T)?$")
        @Size(max = 20)
        String maxBytes,

        @Nullable
        @JsonPropertyDescription(
                "What becomes of the volume claim when the EdgeHub is deleted. Retain keeps it, and a hub that is created again delivers what it holds.")
        @Default("Retain")
        WhenDeleted whenDeleted) {

    /** What becomes of the volume claim when its EdgeHub is deleted. */
    public enum WhenDeleted {
        Retain,
        Delete
    }
}
