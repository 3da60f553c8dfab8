package dev.selvedge.hub.amqp;

import java.util.Optional;

import dev.selvedge.hub.amqp.LinkAddress.Purpose;
import dev.selvedge.identity.Identity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class LinkAddressTest {
    @ParameterizedTest
    @CsvSource({
        "/devices/d/modules/m/messages/events, EVENTS, d/m",
        "devices/d/modules/m/messages/events, EVENTS, d/m",
        "amqps://gateway/devices/d/modules/m/twin, TWIN, d/m",
        "/Devices/d/Modules/m/Messages/Events, EVENTS, d/m",
        "/devices/d/messages/devicebound, DEVICE_BOUND, d",
        "/devices/d/messages/deviceBound, DEVICE_BOUND, d",
        "/devices/d/methods/devicebound, METHODS, d",
        "/devices/a%3Ab/modules/m%2Ec/methods/devicebound, METHODS, a:b/m.c"
    })
    void readsAddresses(String address, Purpose purpose, String owner) {
        assertThat(LinkAddress.parse(address))
                .contains(new LinkAddress(purpose, Identity.parse(owner).orElseThrow()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"$cbs", "$CBS", "amqps://gateway/$cbs"})
    void readsTheAddressOfTokens(String address) {
        assertThat(LinkAddress.parse(address)).contains(new LinkAddress(Purpose.TOKENS, null));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "/",
                "amqps://",
                "queue",
                "/devices",
                "/devices/d",
                "/devices//twin",
                "/devices/d/modules",
                "/devices/d/modules/m",
                "/devices/d/modules/m/",
                "/devices/d/modules/m/inputs",
                "/devices/d%/twin",
                "/devices/d d/twin"
            })
    void nothingElseIsAnAddress(String address) {
        assertThat(LinkAddress.parse(address)).isEqualTo(Optional.empty());
    }
}
