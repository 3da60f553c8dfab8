package dev.selvedge.hub.mqtt;

import java.util.Map;

import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.Message;
import dev.selvedge.hub.mqtt.Inbound.BrokenAnswer;
import dev.selvedge.hub.mqtt.Inbound.MethodAnswer;
import dev.selvedge.hub.mqtt.Inbound.Telemetry;
import dev.selvedge.hub.mqtt.Inbound.TwinGet;
import dev.selvedge.hub.mqtt.Inbound.TwinReport;
import dev.selvedge.identity.Identity;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

class TopicsTest {
    private static final Identity FILTER = Identity.module("edge-1", "filter");
    private static final String EVENTS = "devices/edge-1/modules/filter/messages/events";

    @ParameterizedTest
    @ValueSource(strings = {EVENTS, EVENTS + "/"})
    void readsTelemetryWithoutProperties(String topic) throws ProtocolException {
        assertThat(Topics.parse(topic, FILTER)).isEqualTo(new Telemetry(new PropertyBag(null, Map.of(), Map.of())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%24.on=out1&%24.mid=m-1&a%20b=c%2Fd", "$.on=out1&$.mid=m-1&a%20b=c%2Fd/"})
    void readsOutputSystemAndApplicationProperties(String bag) throws ProtocolException {
        assertThat(Topics.parse(EVENTS + "/" + bag, FILTER))
                .isEqualTo(new Telemetry(new PropertyBag("out1", Map.of("messageId", "m-1"), Map.of("a b", "c/d"))));
    }

    @ParameterizedTest
    @CsvSource({"humidity=45%, humidity, 45%", "50%=%zz, 50%, %zz", "a=%C3%28%C3%BC, a, %C3(ü"})
    void aPercentThatBeginsNoEscapeStandsForItself(String bag, String key, String value) throws ProtocolException {
        assertThat(Topics.parse(EVENTS + "/" + bag, FILTER))
                .isEqualTo(new Telemetry(new PropertyBag(null, Map.of(), Map.of(key, value))));
    }

    /** Node's SDK sends a name as often as it was added. */
    @Test
    void ofAPropertyThatIsThereTwiceTheLaterCounts() throws ProtocolException {
        assertThat(Topics.parse(EVENTS + "/level=1&%24.mid=m-1&level=2&%24.on=a&$.mid=m-2&%24.on=b", FILTER))
                .isEqualTo(new Telemetry(new PropertyBag("b", Map.of("messageId", "m-2"), Map.of("level", "2"))));
    }

    @Test
    void readsADevicesTelemetry() throws ProtocolException {
        assertThat(Topics.parse("devices/leaf/messages/events/x=1", Identity.device("leaf")))
                .isEqualTo(new Telemetry(new PropertyBag(null, Map.of(), Map.of("x", "1"))));
    }

    @Test
    void readsTwinRequests() throws ProtocolException {
        assertThat(Topics.parse("$iothub/twin/GET/?$rid=7", FILTER)).isEqualTo(new TwinGet("7"));
        assertThat(Topics.parse("$iothub/twin/PATCH/properties/reported/?$rid=a-b&$version=4", FILTER))
                .isEqualTo(new TwinReport("a-b"));
        assertThat(Topics.parse("$iothub/twin/PATCH/properties/reported/?$version=4&$rid=a-b", FILTER))
                .isEqualTo(new TwinReport("a-b"));
        assertThat(Topics.parse("$iothub/twin/PATCH/properties/reported/", FILTER))
                .isEqualTo(new TwinReport(null));
        assertThat(Topics.parse("$iothub/methods/res/200/?$rid=1", FILTER)).isEqualTo(new MethodAnswer(200, "1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTPStatus.OK", "200.0", "None", "99999999999"})
    void anAnswerMayHaveAStatusThatIsNone(String status) throws ProtocolException {
        assertThat(Topics.parse("$iothub/methods/res/" + status + "/?$rid=1", FILTER))
                .isEqualTo(new BrokenAnswer(status, "1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "devices",
                "devices/edge-1/modules/filter",
                "devices/edge-1/modules/filter/messages",
                "devices/edge-1/modules/filter/messages/eventsx",
                "devices/edge-1/modules/filter/outputs/out1",
                "devices/edge-1/modules/filter/messages/events/outputs/out1",
                "devices/edge-1/modules/other/messages/events/",
                "devices/edge-2/modules/filter/messages/events/",
                "devices/edge-1/messages/events/",
                "devices/edge-1/modules/filter/messages/events/a=1&&b=2",
                "devices/edge-1/modules/filter/messages/events/=1",
                "devices/edge-1/modules/filter/messages/events/a=1&A=2",
                "$iothub/twin/GET/",
                "$iothub/twin/GET/?$rid=",
                "$iothub/twin/GET/x?$rid=1",
                "$iothub/twin/PATCH/properties/desired/?$rid=1",
                "$iothub/twin/PATCH/properties/reported/sub?$rid=1",
                "$iothub/methods/res/ok/",
                "$iothub/methods/res//?$rid=1",
                "$iothub/methods/res/200/",
                "$SYS/anything"
            })
    void refusesAnythingElse(String topic) {
        assertThatThrownBy(() -> Topics.parse(topic, FILTER)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void whatIsLoggedOfATopicIsOneShortLine() {
        assertThatThrownBy(() -> Topics.parse("a\nERROR forged\u0085\u2028\u202E\u0000b", FILTER))
                .hasMessage("'a\uFFFDERROR forged\uFFFD\uFFFD\uFFFD\uFFFDb' is no topic of IoT Edge");
        assertThatThrownBy(() -> Topics.parse("devices/%" + "x\n".repeat(1000) + "/messages/events/", FILTER))
                .hasMessageMatching("the topic '[^\n]{201}': [^\n]{1,201}");
    }

    @Test
    void limitsRequestIdsAndProperties() {
        assertThatThrownBy(() -> Topics.parse("$iothub/twin/GET/?$rid=" + "1".repeat(257), FILTER))
                .hasMessageContaining("request id");
        var many = new StringBuilder("p0=0");
        for (int i = 1; i <= PropertyBag.MAX_PROPERTIES; i++) {
            many.append("&p").append(i).append('=').append(i);
        }
        assertThatThrownBy(() -> Topics.parse(EVENTS + "/" + many, FILTER)).hasMessageContaining("1000 properties");
    }

    @Test
    void anInputsBagStartsWithTheSenderAndSystemProperties() {
        var message = new Message(
                Identity.module("edge-1", "sensor"),
                "out",
                Map.of("contentType", "application/json", "messageId", "m 1", "iothub-interface-id", "x"),
                Map.of("level", "hot & cold", "empty", ""),
                new byte[0]);

        assertThat(new Mqtt311()
                        .input(FILTER, "input1", new Delivery(message, 0, 1, 1, Long.MAX_VALUE), 1)
                        .topic())
                .isEqualTo("devices/edge-1/modules/filter/inputs/input1/%24.cdid=edge-1&%24.cmid=sensor"
                        + "&%24.mid=m%201&%24.ct=application%2Fjson&level=hot%20%26%20cold");
    }

    @Test
    void aSenderCannotSayItIsAnother() throws ProtocolException {
        var telemetry = (Telemetry) Topics.parse(EVENTS + "/%24.cdid=edge-9&%24.cmid=boss", FILTER);

        assertThat(telemetry.bag().properties()).isEmpty();
        assertThat(telemetry.bag().system()).isEmpty();
    }

    @Test
    void anInputIsToldTheSenderThatTheHubKnows() {
        var forged = Map.of("$.cdid", "edge-9", "$.cmid", "boss");
        var message = new Message(Identity.module("edge-1", "sensor"), "out", Map.of(), forged, new byte[0]);

        assertThat(new Mqtt311()
                        .input(FILTER, "input1", new Delivery(message, 0, 1, 1, Long.MAX_VALUE), 1)
                        .topic())
                .isEqualTo("devices/edge-1/modules/filter/inputs/input1/%24.cdid=edge-1&%24.cmid=sensor");
    }

    @Test
    void answersSayStatusRequestAndVersion() {
        assertThat(Topics.twinAnswer(200, "r1", null)).isEqualTo("$iothub/twin/res/200/?$rid=r1");
        assertThat(Topics.twinAnswer(204, "r1", 5L)).isEqualTo("$iothub/twin/res/204/?$rid=r1&$version=5");
        assertThat(Topics.desired(3)).isEqualTo("$iothub/twin/PATCH/properties/desired/?$version=3");
    }

    @Property
    void anyTopicIsReadOrRefusedInWords(@ForAll @From("topics") String topic) {
        var thrown = catchThrowable(() -> Topics.parse(topic, FILTER));

        if (thrown != null) {
            assertThat(thrown).isInstanceOf(ProtocolException.class).message().isNotBlank();
        }
    }

    @Property
    void propertiesArriveAsTheyWereSent(
            @ForAll Map<Short, @net.jqwik.api.constraints.CharRange(from = 1, to = 0xd7ff) String> sent)
            throws ProtocolException {
        var properties = new java.util.HashMap<String, String>();
        sent.forEach((key, value) -> properties.put("k ü/" + key, "v" + value));
        var message = new Message(FILTER, null, Map.of("cid", "c&1"), properties, new byte[0]);

        var bag = PropertyBag.decode(PropertyBag.encode(message));

        assertThat(bag.properties()).isEqualTo(properties);
        assertThat(bag.system()).isEqualTo(Map.of("cid", "c&1"));
    }

    @Provide
    Arbitrary<String> topics() {
        var pieces = Arbitraries.of(
                "devices/edge-1/modules/filter/messages/events/",
                "devices/",
                "edge-1",
                "/modules/",
                "filter",
                "/messages/events",
                "$iothub/twin/GET/",
                "$iothub/twin/PATCH/properties/reported/",
                "$iothub/methods/res/",
                "?$rid=",
                "&",
                "=",
                "%24.on",
                "$.on",
                "%",
                "/",
                "1",
                "&$version=");
        return Arbitraries.oneOf(pieces, Arbitraries.strings())
                .list()
                .ofMaxSize(10)
                .map(parts -> String.join("", parts));
    }
}
