package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** An IoT Edge module: one instance on every node that matches and has a hub. */
@JsonClassDescription("An IoT Edge module: one instance on every node that matches and has a hub.")
@Group("selvedge.dev")
@Version("v1alpha1")
@Plural("edgemodules")
@ShortNames("em")
@Categories("iotedge")
@AdditionalPrinterColumn(
        name = "Ready",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(
        name = "Reason",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason")
@AdditionalPrinterColumn(name = "Instances", type = AdditionalPrinterColumn.Type.STRING, jsonPath = ".status.instances")
@AdditionalPrinterColumn(
        name = "Image",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".spec.image",
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
@ValidationRule(
        value = "self.metadata.name.matches('^[a-z]([a-z0-9]|-[a-z0-9])*$') && size(self.metadata.name) <= 40",
        message =
                "metadata.name must be 1 to 40 lower-case letters, digits and single dashes, starting with a letter: it becomes part of labels")
@ValidationRule(
        value = "self.metadata.name != 'edgehub'",
        message = "the name 'edgehub' is kept for the hub itself: choose another name")
@ValidationRule(
        value = "self.metadata.name != 'device'",
        message = "the name 'device' is kept for the Secrets of downstream devices: choose another name")
@ValidationRule(
        value =
                "has(self.spec.moduleId) == has(oldSelf.spec.moduleId) && (!has(self.spec.moduleId) || self.spec.moduleId == oldSelf.spec.moduleId)",
        message = "moduleId cannot be changed: it is the module's identity. Create another EdgeModule",
        fieldPath = ".spec.moduleId")
public final class EdgeModule extends CustomResource<EdgeModuleSpec, EdgeModuleStatus> implements Namespaced {
    @Required
    @Override
    public EdgeModuleSpec getSpec() {
        return super.getSpec();
    }
}
