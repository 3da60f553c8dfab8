package dev.selvedge.hub.mqtt;

import dev.selvedge.hub.Mutations;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.session.Meaning;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Whatever a client writes into a topic is understood or refused. */
class MqttFuzzTest {
    @Test
    void topics() {
        Mutations.ofTexts(
                        "devices/edge-1/modules/filter/messages/events/%24.on=out1&%24.ct=application%2Fjson&a=b%20c/",
                        "devices/edge-1/modules/filter/messages/events/$.mid=1&$.cid=2&$.exp=2024-01-02T03:04:05.0000000Z",
                        "devices/edge-1/messages/events/",
                        "$iothub/twin/GET/?$rid=1",
                        "$iothub/twin/PATCH/properties/reported/?$rid=00000000-0000&$version=4",
                        "$iothub/methods/res/200/?$rid=7")
                .feed(input -> {
                    try {
                        Topics.parse(new String(input, UTF_8), RunningHub.FILTER);
                    } catch (ProtocolException _) {
                        // refused
                    }
                });
    }

    @Test
    void filters() {
        Mutations.ofTexts(
                        "devices/edge-1/modules/filter/inputs/#",
                        "devices/edge-1/modules/filter/#",
                        "$iothub/methods/POST/#",
                        "$iothub/twin/PATCH/properties/desired/#",
                        "$iothub/twin/res/#")
                .feed(input -> Meaning.of(new String(input, UTF_8), RunningHub.FILTER));
    }
}
