package dev.selvedge.operator.apply;

import java.time.Duration;

import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class FailuresTest {
    private final Failures failures = new Failures();

    @Test
    void aPassThatWasOnlyRacedIsSoonDoneAgainAndFindsNothing() {
        assertThat(failures.onlyRaced()).isFalse();
        fails(409);

        assertThat(failures.onlyRaced()).isTrue();
        assertThat(failures.findings()).isEmpty();
        assertThat(failures.orElse(UpdateControl.<EdgeModule>noUpdate()).getScheduleDelay())
                .contains(Duration.ofSeconds(1).toMillis());
    }

    @Test
    void anErrorIsFoundAlsoBesideARace() {
        fails(409);
        fails(500);

        assertThat(failures.onlyRaced()).isFalse();
        assertThat(failures.findings()).singleElement().extracting("reason").isEqualTo("Error");
        assertThatThrownBy(() -> failures.orElse(UpdateControl.<EdgeModule>noUpdate()))
                .isInstanceOf(KubernetesClientException.class);
    }

    private void fails(int code) {
        failures.guard("a", () -> {
            throw new KubernetesClientException("no", code, null);
        });
    }
}
