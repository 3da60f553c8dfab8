package dev.selvedge.hub.session;

import dev.selvedge.identity.Identity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SubscriptionsTest {
    private static final Identity FILTER = Identity.module("edge-1", "filter");

    @ParameterizedTest
    @CsvSource({
        "$iothub/methods/POST/#,                          METHODS",
        "$iothub/twin/PATCH/properties/desired/#,         DESIRED",
        "$iothub/twin/res/#,                              TWIN_ANSWERS",
        "$iothub/twin/res/+,                              NOTHING",
        "devices/edge-1/modules/filter/inputs/#,          INPUTS",
        "devices/edge-1/modules/filter/#,                 INPUTS",
        "devices/edge-1/modules/filter/messages/events/#, NOTHING",
        "devices/edge-1/modules/other/inputs/#,           FOREIGN",
        "devices/edge-2/modules/filter/#,                 FOREIGN",
        "devices/+/modules/+/#,                           FOREIGN",
        "devices/edge-1/messages/devicebound/#,           FOREIGN",
        "anything/#,                                      NOTHING",
        "#,                                               NOTHING",
    })
    void readsAModulesFilters(String filter, Meaning meaning) {
        assertThat(Meaning.of(filter, FILTER)).isEqualTo(meaning);
    }

    @Test
    void readsADevicesFilters() {
        var leaf = Identity.device("leaf");

        assertThat(Meaning.of("devices/leaf/messages/devicebound/#", leaf)).isEqualTo(Meaning.DEVICE_BOUND);
        assertThat(Meaning.of("devices/leaf/modules/m/#", leaf)).isEqualTo(Meaning.FOREIGN);
    }

    @Test
    void grantsAtMostOneAndTheBestOfTwoFilters() {
        var subscriptions = Subscriptions.none(FILTER)
                .with("devices/edge-1/modules/filter/#", 0)
                .with("devices/edge-1/modules/filter/inputs/#", 2);

        assertThat(subscriptions.qos(Meaning.INPUTS)).hasValue(1);
        assertThat(subscriptions
                        .without("devices/edge-1/modules/filter/inputs/#")
                        .qos(Meaning.INPUTS))
                .hasValue(0);
        assertThat(subscriptions.qos(Meaning.DESIRED)).isEmpty();
    }

    @Test
    void limitsFilters() {
        var full = Subscriptions.none(FILTER);
        for (int i = 0; i < Subscriptions.MAX_FILTERS; i++) {
            full = full.with("filter/" + i, 1);
        }

        assertThat(full.admits("one/more")).isFalse();
        assertThat(full.admits("filter/0")).isTrue();
        assertThat(Subscriptions.none(FILTER).admits("x".repeat(1025))).isFalse();
        assertThat(Subscriptions.none(FILTER).admits("devices/edge-1/modules/other/#"))
                .isFalse();
    }
}
