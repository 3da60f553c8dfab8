package dev.selvedge.hub.mqtt;

import dev.selvedge.hub.delivery.Intake;
import dev.selvedge.hub.message.ClientText;
import dev.selvedge.hub.message.Message;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client wants said in its name when it goes without a goodbye: telemetry like any other, as IoT Edge has it. It is said at once, whatever
 * delay MQTT 5 asks for, and not when the hub itself stops.
 */
record Will(Message message) {
    private static final Logger LOG = LoggerFactory.getLogger(Will.class);

    /**
     * The will in a CONNECT, or null.
     *
     * @throws ProtocolException when its topic is not that of the client's telemetry
     */
    static @Nullable Will of(MqttConnectMessage packet, Identity client) throws ProtocolException {
        if (!packet.variableHeader().isWillFlag()) {
            return null;
        }
        var topic = packet.payload().willTopic();
        var body = packet.payload().willMessageInBytes();
        if (!(Topics.parse(topic, client) instanceof Inbound.Telemetry(var bag))) {
            throw new ProtocolException("'" + ClientText.clip(topic) + "' is no topic for messages");
        }
        var properties = Mqtt5.withPacketProperties(bag, packet.payload().willProperties());
        return new Will(new Message(client, properties.output(), properties.system(), properties.properties(), body));
    }

    void publish(Intake intake) {
        intake.accept(message).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.warn("will not stored: client={}", message.sender(), failure);
            }
        });
    }
}
