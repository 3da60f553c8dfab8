package dev.selvedge.hub.mqtt;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import dev.selvedge.hub.client.AckQueue;
import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.store.StoreFullException;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.PubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.UnsubAck;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubAckPayload;
import org.jspecify.annotations.Nullable;

/**
 * MQTT 5. User properties are the property bag, with the same names as in a topic ({@code $.on} names the output); the content type, the payload
 * format, the correlation data and the expiry of a packet stand for {@code $.ct}, {@code $.ce}, {@code $.cid} and the time to live. Inputs come on
 * a topic without a bag.
 */
final class Mqtt5 implements Dialect {
    private static final String CONTENT_TYPE = "$.ct";
    private static final String CONTENT_ENCODING = "$.ce";
    private static final String CORRELATION = "$.cid";
    private static final String UTF_8 = "utf-8";

    private final boolean wantsReasons;

    /** @param wantsReasons whether the client wants words beside the codes of single packets */
    Mqtt5(boolean wantsReasons) {
        this.wantsReasons = wantsReasons;
    }

    @Override
    public MqttMessage accepted(boolean sessionPresent, Optional<String> assignedId, Duration keepAlive) {
        return MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(sessionPresent)
                .properties(properties -> {
                    properties
                            .receiveMaximum(AckQueue.MAX_PENDING)
                            .maximumQos((byte) MqttQoS.AT_LEAST_ONCE.value())
                            .retainAvailable(false)
                            .maximumPacketSize(Connection.MAX_PACKET)
                            .subscriptionIdentifiersAvailable(false)
                            .sharedSubscriptionAvailable(false)
                            .serverKeepAlive((int) keepAlive.toSeconds());
                    assignedId.ifPresent(properties::assignedClientId);
                })
                .build();
    }

    @Override
    public MqttMessage refused(Refusal refusal, String why) {
        return MqttMessageBuilders.connAck()
                .returnCode(refusal.code5())
                .sessionPresent(false)
                .properties(properties -> properties.reasonString(ClientText.clip(why)))
                .build();
    }

    @Override
    public void check(MqttPublishMessage packet) throws ProtocolException {
        if (packet.fixedHeader().qosLevel() == MqttQoS.EXACTLY_ONCE) {
            throw new ProtocolException(
                    Disconnect.QOS_NOT_SUPPORTED, "quality of service 2 is not offered, as CONNACK said");
        }
        if (packet.fixedHeader().isRetain()) {
            throw new ProtocolException(Disconnect.RETAIN_NOT_SUPPORTED, "nothing is retained here, as CONNACK said");
        }
        if (packet.variableHeader().properties().getProperty(MqttProperties.TOPIC_ALIAS) != null) {
            throw new ProtocolException(Disconnect.TOPIC_ALIAS_INVALID, "topic aliases are not offered");
        }
    }

    @Override
    public PropertyBag properties(PropertyBag inTopic, MqttPublishMessage packet) throws ProtocolException {
        return withPacketProperties(inTopic, packet.variableHeader().properties());
    }

    /** The properties in a topic, and those of a packet. */
    static PropertyBag withPacketProperties(PropertyBag inTopic, MqttProperties properties) throws ProtocolException {
        if (properties.isEmpty()) {
            return inTopic;
        }
        var bag = inTopic.more();
        if (properties.getProperty(MqttProperties.USER_PROPERTY) instanceof UserProperties user) {
            for (var pair : user.value()) {
                bag.add(pair.key, pair.value);
            }
        }
        if (properties.getProperty(MqttProperties.CONTENT_TYPE) instanceof StringProperty type) {
            bag.add(CONTENT_TYPE, type.value());
        }
        if (properties.getProperty(MqttProperties.CORRELATION_DATA) instanceof BinaryProperty data) {
            bag.add(CORRELATION, text(data.value()));
        }
        if (properties.getProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR) instanceof IntegerProperty format
                && format.value() == 1) {
            bag.addIfAbsent(CONTENT_ENCODING, UTF_8);
        }
        return bag.done();
    }

    private static String text(byte[] bytes) throws ProtocolException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("correlation data that is no text in UTF-8", e);
        }
    }

    @Override
    public Optional<Duration> lifetime(MqttPublishMessage packet) {
        return packet.variableHeader().properties().getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL)
                        instanceof IntegerProperty interval
                ? Optional.of(Duration.ofSeconds(Integer.toUnsignedLong(interval.value())))
                : Optional.empty();
    }

    @Override
    public Publication input(Identity client, String input, Delivery delivery, long nowMillis) {
        var message = delivery.message();
        var properties = new MqttProperties();
        var user = new UserProperties();
        PropertyBag.forEach(message, (key, value) -> {
            switch (key) {
                case CONTENT_TYPE -> properties.add(new StringProperty(MqttProperties.CONTENT_TYPE, value));
                case CORRELATION ->
                    properties.add(new BinaryProperty(
                            MqttProperties.CORRELATION_DATA, value.getBytes(StandardCharsets.UTF_8)));
                default -> user.add(key, value);
            }
        });
        properties.add(user);
        if (UTF_8.equalsIgnoreCase(message.system().get("contentEncoding"))) {
            properties.add(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
        }
        if (delivery.expiresAtMillis() != Long.MAX_VALUE) {
            var seconds = Math.clamp((delivery.expiresAtMillis() - nowMillis + 999) / 1000, 1, 0xffff_ffffL);
            properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, (int) seconds));
        }
        return new Publication(Topics.input(client, input), properties, message.body());
    }

    @Override
    public MqttMessage published(int packetId) {
        return MqttMessageBuilders.pubAck()
                .packetId(packetId)
                .reasonCode(PubAck.SUCCESS.byteValue())
                .build();
    }

    @Override
    public Optional<MqttMessage> notPublished(int packetId, Throwable why) {
        var code = why instanceof StoreFullException ? PubAck.QUOTA_EXCEEDED : PubAck.UNSPECIFIED_ERROR;
        return Optional.of(MqttMessageBuilders.pubAck()
                .packetId(packetId)
                .reasonCode(code.byteValue())
                .properties(reason(wantsReasons ? why.getMessage() : null))
                .build());
    }

    @Override
    public MqttMessage subscribed(int packetId, List<SubAck> grants) {
        return new MqttSubAckMessage(
                new MqttFixedHeader(MqttMessageType.SUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
                new MqttMessageIdAndPropertiesVariableHeader(packetId, MqttProperties.NO_PROPERTIES),
                new MqttSubAckPayload(grants.stream()
                        .mapToInt(grant -> Byte.toUnsignedInt(grant.byteValue()))
                        .toArray()));
    }

    @Override
    public MqttMessage unsubscribed(int packetId, List<UnsubAck> results) {
        return MqttMessageBuilders.unsubAck()
                .packetId(packetId)
                .addReasonCodes(results.stream()
                        .map(result -> (short) Byte.toUnsignedInt(result.byteValue()))
                        .toArray(Short[]::new))
                .build();
    }

    @Override
    public Optional<MqttMessage> goodbye(Departure why, Optional<Disconnect> code) {
        return Optional.of(MqttMessageBuilders.disconnect()
                .reasonCode(code.orElse(code(why.cause())).byteValue())
                .properties(reason(why.description()))
                .build());
    }

    private static Disconnect code(Departure.Cause cause) {
        return switch (cause) {
            case NOT_NOW -> Disconnect.SERVER_BUSY;
            case TAKEN_OVER -> Disconnect.SESSION_TAKEN_OVER;
            case NOT_AUTHORIZED -> Disconnect.NOT_AUTHORIZED;
            case EXPIRED -> Disconnect.MAXIMUM_CONNECT_TIME;
            case SHUTDOWN -> Disconnect.SERVER_SHUTTING_DOWN;
            case PROTOCOL -> Disconnect.PROTOCOL_ERROR;
            case UNRESPONSIVE -> Disconnect.KEEP_ALIVE_TIMEOUT;
            case NOT_STORED -> Disconnect.QUOTA_EXCEEDED;
            case FAILURE -> Disconnect.UNSPECIFIED_ERROR;
            case LEFT -> Disconnect.NORMAL_DISCONNECT;
        };
    }

    private static MqttProperties reason(@Nullable String text) {
        var properties = new MqttProperties();
        if (text != null) {
            properties.add(new StringProperty(MqttProperties.REASON_STRING, ClientText.clip(text)));
        }
        return properties;
    }
}
