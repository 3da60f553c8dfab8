package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.UnsubAck;

/** MQTT 3.1.1, as the Azure SDKs speak it: properties travel in topics, and a connection that ends is all a client is told. */
final class Mqtt311 implements Dialect {
    @Override
    public MqttMessage accepted(boolean sessionPresent, Optional<String> assignedId, Duration keepAlive) {
        return MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(sessionPresent)
                .build();
    }

    @Override
    public MqttMessage refused(Refusal refusal, String why) {
        return MqttMessageBuilders.connAck()
                .returnCode(refusal.code311())
                .sessionPresent(false)
                .build();
    }

    @Override
    public void check(MqttPublishMessage packet) {}

    @Override
    public PropertyBag properties(PropertyBag inTopic, MqttPublishMessage packet) {
        return inTopic;
    }

    @Override
    public Optional<Duration> lifetime(MqttPublishMessage packet) {
        return Optional.empty();
    }

    @Override
    public Publication input(Identity client, String input, Delivery delivery, long nowMillis) {
        var message = delivery.message();
        return new Publication(Topics.input(client, input) + "/" + PropertyBag.encode(message), message.body());
    }

    @Override
    public MqttMessage published(int packetId) {
        return MqttMessageBuilders.pubAck().packetId(packetId).build();
    }

    @Override
    public Optional<MqttMessage> notPublished(int packetId, Throwable why) {
        return Optional.empty();
    }

    @Override
    public MqttMessage subscribed(int packetId, List<SubAck> grants) {
        return MqttMessageBuilders.subAck()
                .packetId(packetId)
                .addGrantedQoses(grants.stream().map(Mqtt311::qos).toArray(MqttQoS[]::new))
                .build();
    }

    private static MqttQoS qos(SubAck grant) {
        return switch (grant) {
            case GRANTED_QOS_0 -> MqttQoS.AT_MOST_ONCE;
            case GRANTED_QOS_1 -> MqttQoS.AT_LEAST_ONCE;
            default -> MqttQoS.FAILURE;
        };
    }

    @Override
    public MqttMessage unsubscribed(int packetId, List<UnsubAck> results) {
        return MqttMessageBuilders.unsubAck().packetId(packetId).build();
    }

    @Override
    public Optional<MqttMessage> goodbye(Departure why, Optional<Disconnect> code) {
        return Optional.empty();
    }
}
