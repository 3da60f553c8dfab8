package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * The twin of one module instance (or of a downstream device): desired properties in the spec, owned by Kubernetes; reported ones in
 * the status, owned by the module through its hub. The version of the desired properties is {@code metadata.generation}.
 */
@JsonClassDescription(
        "The twin of one module on one node, or of a downstream device: desired properties in the spec, reported ones in the status.")
@Group("selvedge.dev")
@Version("v1alpha1")
@Plural("moduletwins")
@ShortNames("mt")
@Categories("iotedge")
@AdditionalSelectableField(jsonPath = ".spec.deviceId")
@AdditionalSelectableField(jsonPath = ".spec.parentDeviceId")
@AdditionalPrinterColumn(name = "Device", type = AdditionalPrinterColumn.Type.STRING, jsonPath = ".spec.deviceId")
@AdditionalPrinterColumn(name = "Module", type = AdditionalPrinterColumn.Type.STRING, jsonPath = ".spec.moduleId")
@AdditionalPrinterColumn(
        name = "Connection",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.connectionState")
@AdditionalPrinterColumn(
        name = "Desired",
        type = AdditionalPrinterColumn.Type.INTEGER,
        jsonPath = ".status.desiredVersion")
@AdditionalPrinterColumn(
        name = "Reported",
        type = AdditionalPrinterColumn.Type.INTEGER,
        jsonPath = ".status.reportedVersion")
@AdditionalPrinterColumn(
        name = "Reason",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(
        name = "Gateway",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".spec.parentDeviceId",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Message",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        type = AdditionalPrinterColumn.Type.DATE,
        jsonPath = ".metadata.creationTimestamp")
public final class ModuleTwin extends CustomResource<ModuleTwinSpec, ModuleTwinStatus> implements Namespaced {
    @Required
    @Override
    public ModuleTwinSpec getSpec() {
        return super.getSpec();
    }
}
