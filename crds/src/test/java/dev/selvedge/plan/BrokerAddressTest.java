package dev.selvedge.plan;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BrokerAddressTest {
    @Test
    void knowsThePortsOfMqtt() {
        assertThat(BrokerAddress.parse("mqtt://broker")).isEqualTo(new BrokerAddress(false, "broker", 1883));
        assertThat(BrokerAddress.parse("mqtts://broker.example"))
                .isEqualTo(new BrokerAddress(true, "broker.example", 8883));
    }

    @Test
    void takesWhatTheApiServerTakes() {
        assertThat(BrokerAddress.parse("mqtt://10.1.2.3:1")).isEqualTo(new BrokerAddress(false, "10.1.2.3", 1));
        assertThat(BrokerAddress.parse("mqtts://[fd00::1]:65535")).isEqualTo(new BrokerAddress(true, "fd00::1", 65535));
        assertThat(BrokerAddress.parse("mqtts://[1:2]")).isEqualTo(new BrokerAddress(true, "1:2", 8883));
        assertThat(BrokerAddress.parse("mqtt://broker:1883/")).isEqualTo(new BrokerAddress(false, "broker", 1883));
        assertThat(BrokerAddress.parse("mqtts://a.b.1:8883")).isEqualTo(new BrokerAddress(true, "a.b.1", 8883));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "broker",
                "http://broker",
                "mqtt://",
                "mqtt://a b",
                "mqtt://broker/topic",
                "mqtt://broker:123456"
            })
    void saysWhatAnAddressLooksLike(String url) {
        assertThatThrownBy(() -> BrokerAddress.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'" + url + "' is no address of a broker: mqtts://host:8883 or mqtt://host:1883 would be one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mqtt://broker:0", "mqtt://broker:65536", "mqtts://[fd00::1]:99999"})
    void saysThatThereIsNoSuchPort(String url) {
        assertThatThrownBy(() -> BrokerAddress.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no port");
    }
}
