package dev.selvedge.operator.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeHub;
import dev.selvedge.operator.cluster.HubOutages.Outage;
import dev.selvedge.operator.render.Names;
import dev.selvedge.plan.HubInstance;
import dev.selvedge.plan.Site;
import dev.selvedge.plan.SiteNode;
import dev.selvedge.plan.SitePlan;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class HubOutagesTest {
    private static final HubInstance HUB = hub();

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private @Nullable String why = "NodeUnreachable";
    private final HubOutages outages = new HubOutages(_ -> Optional.ofNullable(why), () -> now);

    @Test
    void anOutageLastsWhileTheHubCannotBeHeardForWhateverReason() {
        assertThat(outages.of(HUB)).contains(new Outage("NodeUnreachable", Duration.ZERO));

        now = now.plusSeconds(20);
        why = "WaitingForDependency";
        assertThat(outages.of(HUB)).contains(new Outage("WaitingForDependency", Duration.ofSeconds(20)));

        why = null;
        assertThat(outages.of(HUB)).isEmpty();

        now = now.plusSeconds(20);
        why = "NodeCordoned";
        assertThat(outages.of(HUB)).contains(new Outage("NodeCordoned", Duration.ZERO));
    }

    @Test
    void aHubThatWasRemovedMeanwhileBeginsAnew() {
        outages.of(HUB);
        now = now.plusSeconds(100);
        outages.forget("site/" + Names.hub("edge-1"));

        assertThat(outages.of(HUB)).contains(new Outage("NodeUnreachable", Duration.ZERO));
    }

    private static HubInstance hub() {
        var hub = Serialization.unmarshal("""
                apiVersion: selvedge.dev/v1alpha1
                kind: EdgeHub
                metadata: {name: line, namespace: site}
                spec: {storage: {size: 128Mi}}
                """, EdgeHub.class);
        var node = SiteNode.of("edge-1", Map.of(), true);
        return SitePlan.of(new Site(List.of(hub), List.of(), List.of(node), Map.of()))
                .hubOf("edge-1")
                .orElseThrow();
    }
}
