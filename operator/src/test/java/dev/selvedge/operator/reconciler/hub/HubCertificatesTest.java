package dev.selvedge.operator.reconciler.hub;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import dev.selvedge.operator.pki.Validity;
import dev.selvedge.operator.reconciler.hub.HubCertificates.Held;
import dev.selvedge.operator.status.Conditions;
import dev.selvedge.operator.status.Finding;
import dev.selvedge.plan.SiteNode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

final class HubCertificatesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final SiteNode NODE = SiteNode.of("edge-1", Map.of(), true);
    private static final SiteNode CUT_OFF = SiteNode.of("edge-2", Map.of(), false);

    @Test
    void ofThoseThatAreWellTheFirstToEndIsSaid() {
        assertThat(said(held(null, 300), held(NODE, 200)))
                .isEqualTo("True CertificateValid: edge-1: its certificate is the first to end, on 2026-09-17");
    }

    @Test
    void oneThatEndsIsSaidWithItsNode() {
        assertThat(said(held(null, 300), held(NODE, 1)))
                .isEqualTo("True CertificateExpiring: edge-1: its certificate ends on 2026-03-02 and was not renewed");
        assertThat(said(held(null, 300), held(NODE, -1)))
                .isEqualTo("False CertificateExpired: edge-1: its certificate ended on 2026-02-28");
    }

    @Test
    void oneThatHasNotBegunIsNoBetterThanOneThatHasEnded() {
        var begins = NOW.plus(Duration.ofDays(3 * 365));
        var ahead = new Held(NODE, "its certificate", new Validity(begins, begins.plus(Duration.ofDays(365))));

        assertThat(said(held(null, 300), ahead))
                .isEqualTo("False CertificateExpired: edge-1: its certificate is not valid before 2029-02-28");
    }

    @Test
    void aHubThatIsCutOffDoesNotHaveWhatItWasGivenSince() {
        assertThat(said(held(null, 300), held(NODE, 200), held(CUT_OFF, 250)))
                .isEqualTo(
                        "Unknown NodeUnreachable: edge-2: not known: the node does not answer the API server, and the"
                                + " hub has the certificate that it had then");
        assertThat(said(held(null, 300), held(NODE, -1), held(CUT_OFF, 250)))
                .startsWith("False CertificateExpired: edge-1: ");
    }

    @Test
    void aHubWhoseCertificateHasEndedIsNotReady() {
        var runs = List.of(new Finding("edge-1", "Ready", "running and ready"));

        assertThat(HubSurvey.ready(runs, List.of(), findings(held(NODE, -1))))
                .extracting(Finding::reason)
                .containsExactly("Ready", "CertificateExpired");
        assertThat(HubSurvey.ready(runs, List.of(), findings(held(NODE, 1)))).isEqualTo(runs);
        assertThat(HubSurvey.ready(runs, List.of(), findings(held(CUT_OFF, 1)))).isEqualTo(runs);
        assertThat(HubSurvey.ready(runs, List.of(new Finding("edge-1", "StoreFull", "")), List.of()))
                .extracting(Finding::reason)
                .containsExactly("Ready", "StoreFull");
    }

    private static String said(Held... held) {
        var condition = Conditions.of("CertificateValid", findings(held), 1, null, NOW.toString());
        return condition.status() + " " + condition.reason() + ": " + condition.message();
    }

    private static List<Finding> findings(Held... held) {
        return HubCertificates.findings(List.of(held), NOW);
    }

    private static Held held(@Nullable SiteNode node, int days) {
        var until = NOW.plus(Duration.ofDays(days));
        return new Held(node, "its certificate", new Validity(until.minus(Duration.ofDays(365)), until));
    }
}
