package dev.selvedge.operator;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import dev.selvedge.operator.pki.Lifetimes;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class OperatorConfigTest {
    private static final Map<String, String> LEAST =
            Map.of("SELVEDGE_HUB_IMAGE", "hub:1", "SELVEDGE_HUB_CLUSTER_ROLE", "hub", "SELVEDGE_NAMESPACE", "selvedge");

    @Test
    void theLeastIsEnough() {
        var config = OperatorConfig.from(LEAST);

        assertThat(config.watchNamespaces()).isEmpty();
        assertThat(config.leaseNamespace()).isEqualTo("selvedge");
        assertThat(config.lifetimes()).isEqualTo(Lifetimes.DEFAULT);
        assertThat(config.hub().resources().getLimits()).containsOnlyKeys("memory");
    }

    @Test
    void listsAndResourcesAreRead() {
        var config = OperatorConfig.from(with(Map.of(
                "SELVEDGE_WATCH_NAMESPACES", "a, b,,a",
                "SELVEDGE_IMAGE_PULL_SECRETS", "x,y",
                "SELVEDGE_HUB_RESOURCES", "{\"limits\":{\"memory\":\"256Mi\"}}",
                "SELVEDGE_AUTHORITY_LIFETIME", "30m",
                "SELVEDGE_CERTIFICATE_LIFETIME", "10m",
                "SELVEDGE_LEADER_ELECTION", "false")));

        assertThat(config.watchNamespaces()).containsExactlyInAnyOrder("a", "b");
        assertThat(config.hub().pullSecrets()).containsExactly("x", "y");
        assertThat(config.hub().resources().getLimits().get("memory").toString())
                .isEqualTo("256Mi");
        assertThat(config.lifetimes()).isEqualTo(new Lifetimes(Duration.ofMinutes(30), Duration.ofMinutes(10)));
        assertThat(config.leaseNamespace()).isNull();
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OperatorConfig.from(Map.of()))
                .withMessageContaining("SELVEDGE_HUB_IMAGE");
        for (var wrong : Map.of(
                        "SELVEDGE_MANAGEMENT_PORT", "http",
                        "SELVEDGE_HUB_RESOURCES", "lots",
                        "SELVEDGE_CERTIFICATE_LIFETIME", "long")
                .entrySet()) {
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
