package dev.selvedge.operator.apply;

import java.util.Optional;

import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class FailuresTest {
    private Failures failures = new Failures(Optional.empty());

    @Test
    void aPassThatWasOnlyRacedIsDoneAgainAndFindsNothing() {
        assertThat(failures.onlyRaced()).isFalse();
        fails(409);

        assertThat(failures.onlyRaced()).isTrue();
        assertThat(failures.findings()).isEmpty();
        assertFails(409);
    }

    @Test
    void anErrorIsFoundAlsoBesideARace() {
        fails(409);
        fails(500);

        assertThat(failures.onlyRaced()).isFalse();
        assertThat(failures.findings()).singleElement().extracting("reason").isEqualTo("Error");
        assertFails(500);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void aRaceIsGivenSomeTries(int tries) {
        failures = new Failures(Optional.of(after(tries)));
        fails(409);

        assertThat(failures.onlyRaced()).isTrue();
    }

    @Test
    void aRaceThatLastsIsAnErrorInTheWordsOfTheApiServer() {
        failures = new Failures(Optional.of(after(6)));
        fails(409);

        assertThat(failures.onlyRaced()).isFalse();
        assertThat(failures.findings()).singleElement().satisfies(found -> {
            assertThat(found.reason()).isEqualTo("Error");
            assertThat(found.message()).isEqualTo("said 409");
        });
        assertFails(409);
    }

    @Test
    void whatGoesWellEndsAsItIsTo() {
        var good = UpdateControl.<EdgeModule>noUpdate();

        assertThat(failures.orElse(good)).isSameAs(good);
    }

    private static RetryInfo after(int tries) {
        var retry = new GenericRetry().withoutMaxAttempts().initExecution();
        for (var i = 0; i < tries; i++) {
            assertThat(retry.nextDelay()).isPresent();
        }
        return retry;
    }

    private void fails(int code) {
        failures.guard("a", () -> {
            throw new KubernetesClientException(new StatusBuilder()
                    .withCode(code)
                    .withMessage("said " + code)
                    .build());
        });
    }

    private void assertFails(int code) {
        assertThatThrownBy(() -> failures.orElse(UpdateControl.<EdgeModule>noUpdate()))
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getCode()).isEqualTo(code));
    }
}
