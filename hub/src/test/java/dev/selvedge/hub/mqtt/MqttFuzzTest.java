package dev.selvedge.hub.mqtt;

import dev.selvedge.hub.Mutations;
import dev.selvedge.hub.RunningHub;
import dev.selvedge.hub.session.Meaning;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Whatever a client writes into a topic or a packet is understood or refused. */
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
    void packets() {
        Mutations.of(encoded(connect(MqttVersion.MQTT_3_1_1)), encoded(connect(MqttVersion.MQTT_5)), published())
                .feed(input -> {
                    var decoder = new EmbeddedChannel(new MqttDecoder(Connection.MAX_PACKET));
                    // as on a connection that speaks MQTT 5
                    decoder.writeInbound(Unpooled.wrappedBuffer(encoded(connect(MqttVersion.MQTT_5))));
                    decoder.writeInbound(Unpooled.wrappedBuffer(input));
                    for (MqttMessage packet = decoder.readInbound(); packet != null; packet = decoder.readInbound()) {
                        take(packet);
                    }
                    decoder.finishAndReleaseAll();
                });
    }

    private static void take(MqttMessage packet) {
        try {
            if (packet.decoderResult().isFailure()) {
                return;
            }
            if (packet instanceof MqttConnectMessage connect) {
                Terms.of(connect);
                Will.of(connect, RunningHub.FILTER);
            } else if (packet instanceof MqttPublishMessage publish) {
                var dialect = new Mqtt5(true);
                dialect.check(publish);
                dialect.lifetime(publish);
                dialect.properties(PropertyBag.decode(""), publish);
            }
        } catch (ProtocolException _) {
            // refused
        } finally {
            ReferenceCountUtil.release(packet);
        }
    }

    private static MqttMessage connect(MqttVersion version) {
        var properties = new MqttProperties();
        if (version == MqttVersion.MQTT_5) {
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 60));
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 5));
            properties.add(new MqttProperties.IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, 4096));
        }
        return MqttMessageBuilders.connect()
                .protocolVersion(version)
                .clientId("edge-1/filter")
                .username("edge-1/filter")
                .password("secret".getBytes(UTF_8))
                .willFlag(true)
                .willTopic("devices/edge-1/modules/filter/messages/events/%24.on=last")
                .willMessage("bye".getBytes(UTF_8))
                .properties(properties)
                .build();
    }

    private static byte[] published() {
        var properties = new MqttProperties();
        properties.add(new MqttProperties.UserProperty("line", "4"));
        properties.add(new MqttProperties.UserProperty("$.on", "out1"));
        properties.add(new MqttProperties.StringProperty(MqttProperties.CONTENT_TYPE, "application/json"));
        properties.add(new MqttProperties.BinaryProperty(MqttProperties.CORRELATION_DATA, "c".getBytes(UTF_8)));
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 60));
        properties.add(new MqttProperties.IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
        return encoded(MqttMessageBuilders.publish()
                .topicName("devices/edge-1/modules/filter/messages/events/")
                .qos(MqttQoS.AT_LEAST_ONCE)
                .messageId(1)
                .properties(properties)
                .payload(Unpooled.copiedBuffer("{}", UTF_8))
                .build());
    }

    /** As a connection of MQTT 5 writes it, unless it is a CONNECT that says otherwise. */
    private static byte[] encoded(MqttMessage packet) {
        var encoder = new EmbeddedChannel(MqttEncoder.INSTANCE);
        if (!(packet instanceof MqttConnectMessage)) {
            encoder.writeOutbound(connect(MqttVersion.MQTT_5));
            ReferenceCountUtil.release(encoder.readOutbound());
        }
        encoder.writeOutbound(packet);
        ByteBuf bytes = encoder.readOutbound();
        try {
            return ByteBufUtil.getBytes(bytes);
        } finally {
            bytes.release();
        }
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
