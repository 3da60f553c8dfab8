package dev.selvedge.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** How downstream devices outside the cluster reach a hub. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Expose(
        @Required
        @JsonPropertyDescription(
                "HostPort: the node's own ports 8883, 5671 and 443, which is where SDKs look; the namespace must allow host ports. NodePort: ports that the cluster chooses, see the hub's Service.")
        Type type,

        @Required
        @JsonPropertyDescription(
                "The name or address under which devices know the node; {node} stands for the node's name. It goes into the hub's certificate and into devices' connection strings.")
        @Pattern("^([A-Za-z0-9.:-]|\\{node\\})+$")
        @Size(min = 1, max = 200)
        String host) {

    /** The ways out. */
    public enum Type {
        HostPort,
        NodePort
    }

    /** The name of one node's hub. */
    public String host(String node) {
        return host.replace("{node}", node);
    }
}
