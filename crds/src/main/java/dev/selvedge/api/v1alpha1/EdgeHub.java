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

/** One edge hub on every node that matches. It speaks the IoT Edge protocols to that node's modules and stores their messages. */
@JsonClassDescription(
        "One edge hub on every node that matches. It speaks the IoT Edge protocols to that node's modules and keeps their messages until they are delivered.")
@Group("selvedge.dev")
@Version("v1alpha1")
@Plural("edgehubs")
@ShortNames("eh")
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
        name = "Store",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"StoreReady\")].reason")
@AdditionalPrinterColumn(
        name = "Upstream",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"UpstreamConnected\")].reason")
@AdditionalPrinterColumn(
        name = "Room",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"StoreNearlyFull\")].reason",
        priority = 1)
@AdditionalPrinterColumn(
        name = "Certificate",
        type = AdditionalPrinterColumn.Type.STRING,
        jsonPath = ".status.conditions[?(@.type==\"CertificateValid\")].reason",
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
public final class EdgeHub extends CustomResource<EdgeHubSpec, EdgeHubStatus> implements Namespaced {
    @Required
    @Override
    public EdgeHubSpec getSpec() {
        return super.getSpec();
    }
}
