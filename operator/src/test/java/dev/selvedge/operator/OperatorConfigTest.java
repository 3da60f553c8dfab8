package dev.selvedge.operator;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.selvedge.operator.pki.Lifetimes;
import dev.selvedge.plan.SiteNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class OperatorConfigTest {
    private static final Map<String, String> LEAST = Map.of(
            "SELVEDGE_HUB_IMAGE", "hub:1", "SELVEDGE_HUB_ROLE", "ClusterRole/hub", "SELVEDGE_NAMESPACE", "selvedge");

    @Test
    void theLeastIsEnough() {
        var config = OperatorConfig.from(LEAST);

        assertThat(config.watchNamespaces()).isEmpty();
        assertThat(config.nodes()).isEmpty();
        assertThat(config.lease()).isEqualTo(new OperatorConfig.Lease("selvedge", "selvedge-operator"));
        assertThat(config.lifetimes()).isEqualTo(Lifetimes.DEFAULT);
        assertThat(config.hub().resources().getLimits()).containsOnlyKeys("memory");
    }

    @Test
    void listsAndResourcesAreRead() {
        var config = OperatorConfig.from(with(Map.of(
                "SELVEDGE_WATCH_NAMESPACES", "a, b,,a",
                "SELVEDGE_IMAGE_PULL_SECRETS", "x,y",
                "SELVEDGE_HUB_RESOURCES", "{\"limits\":{\"memory\":\"256Mi\"}}",
                "SELVEDGE_NODES",
                        "[{\"name\":\"edge-1\",\"labels\":{\"selvedge.dev/device-id\":\"press\"}},{\"name\":\"edge-2\"}]",
                "SELVEDGE_HUB_ROLE", "Role/hub",
                "SELVEDGE_AUTHORITY_LIFETIME", "30m",
                "SELVEDGE_CERTIFICATE_LIFETIME", "10m",
                "SELVEDGE_LEADER_ELECTION", "false")));

        assertThat(config.watchNamespaces()).containsExactlyInAnyOrder("a", "b");
        assertThat(config.hub().pullSecrets()).containsExactly("x", "y");
        assertThat(config.hub().resources().getLimits().get("memory").toString())
                .isEqualTo("256Mi");
        assertThat(config.lifetimes()).isEqualTo(new Lifetimes(Duration.ofMinutes(30), Duration.ofMinutes(10)));
        assertThat(config.lease()).isNull();
        assertThat(config.nodes())
                .containsExactly(
                        SiteNode.of("edge-1", Map.of("selvedge.dev/device-id", "press"), true),
                        SiteNode.of("edge-2", Map.of(), true));
        assertThat(config.hub().role().getKind()).isEqualTo("Role");
        assertThat(config.hub().role().getName()).isEqualTo("hub");
    }

    @Test
    void theLeaseIsThatOfTheRelease() {
        assertThat(OperatorConfig.from(with(Map.of("SELVEDGE_LEASE", "edge-operator")))
                        .lease())
                .isEqualTo(new OperatorConfig.Lease("selvedge", "edge-operator"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OperatorConfig.from(Map.of()))
                .withMessageContaining("SELVEDGE_HUB_IMAGE");
        for (var wrong : List.of(
                Map.entry("SELVEDGE_MANAGEMENT_PORT", "http"),
                Map.entry("SELVEDGE_HUB_RESOURCES", "lots"),
                Map.entry("SELVEDGE_CERTIFICATE_LIFETIME", "long"),
                Map.entry("SELVEDGE_NODES", "edge-1"),
                Map.entry("SELVEDGE_NODES", "[{\"labels\":{}}]"),
                Map.entry("SELVEDGE_HUB_ROLE", "hub"),
                Map.entry("SELVEDGE_HUB_ROLE", "Group/hub"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OperatorConfig.from(with(Map.ofEntries(wrong))))
                    .withMessageContaining(wrong.getKey());
        }
    }

    private static Map<String, String> with(Map<String, String> more) {
        var all = new HashMap<>(LEAST);
        all.putAll(more);
        return all;
    }
}
