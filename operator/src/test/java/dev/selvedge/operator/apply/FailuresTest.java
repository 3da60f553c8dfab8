package dev.selvedge.operator.apply;

import java.time.Instant;

import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class FailuresTest {
    private final EdgeModule module = new EdgeModule();
    private Instant now = Instant.EPOCH;
    private final Races races = new Races(() -> now);
    private Failures failures;

    @BeforeEach
    void begin() {
        module.getMetadata().setUid("u1");
        nextPass();
    }

    @Test
    void aPassThatWasOnlyRacedIsDoneAgainAndFindsNothing() {
        assertThat(failures.onlyRaced()).isFalse();
        fails(409);

        assertThat(failures.onlyRaced()).isTrue();
        assertThat(failures.findings()).isEmpty();
        assertThat(failures.orElse(UpdateControl.<EdgeModule>noUpdate()).getScheduleDelay())
                .contains(1000L);
    }

    @Test
    void anErrorIsFoundAlsoBesideARace() {
        fails(409);
        fails(500);

        assertThat(failures.onlyRaced()).isFalse();
        assertThat(failures.findings()).singleElement().extracting("reason").isEqualTo("Error");
        assertFails(500);
    }

    @Test
    void aRaceThatLastsIsAnErrorInTheWordsOfTheApiServer() {
        racedFor(59);
        assertThat(failures.onlyRaced()).isTrue();

        racedFor(2);
        assertThat(failures.onlyRaced()).isFalse();
        assertThat(failures.findings()).singleElement().satisfies(found -> {
            assertThat(found.reason()).isEqualTo("Error");
            assertThat(found.message()).isEqualTo("said 409");
        });
        assertFails(409);
    }

    @Test
    void aRaceAfterAPassWithoutOneIsAnotherOne() {
        racedFor(59);
        nextPass();
        failures.orElse(UpdateControl.<EdgeModule>noUpdate());

        racedFor(2);
        assertThat(failures.onlyRaced()).isTrue();
    }

    @Test
    void twoRacesAreNoLastingOneHoweverLongThePassesTake() {
        races.ended(module, true);
        now = now.plusSeconds(100);
        races.ended(module, true);
        now = now.plusSeconds(100);
        fails(409);

        assertThat(failures.onlyRaced()).isTrue();
    }

    private void racedFor(int seconds) {
        for (var i = 0; i < seconds; i++) {
            races.ended(module, true);
            now = now.plusSeconds(1);
        }
        nextPass();
        fails(409);
    }

    private void nextPass() {
        failures = new Failures(races, module);
    }

    @Test
    void whatGoesWellEndsAsItIsTo() {
        var good = UpdateControl.<EdgeModule>noUpdate();

        assertThat(failures.orElse(good)).isSameAs(good);
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
