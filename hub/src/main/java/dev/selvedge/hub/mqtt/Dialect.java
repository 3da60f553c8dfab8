package dev.selvedge.hub.mqtt;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import dev.selvedge.hub.client.Departure;
import dev.selvedge.hub.delivery.Delivery;
import dev.selvedge.identity.Identity;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;
import io.netty.handler.codec.mqtt.MqttReasonCodes.SubAck;
import io.netty.handler.codec.mqtt.MqttReasonCodes.UnsubAck;

/** What the versions of MQTT say differently. The conversation is the same. */
interface Dialect {
    /**
     * The client is let in.
     *
     * @param assignedId the client id that it did not give, or its own
     * @param keepAlive the longest silence that the hub allows
     */
    MqttMessage accepted(boolean sessionPresent, Optional<String> assignedId, Duration keepAlive);

    MqttMessage refused(Refusal refusal, String why);

    /** Checks the flags and properties of a publish that this version knows. */
    void check(MqttPublishMessage packet) throws ProtocolException;

    /** The properties of a client's message: those in its topic and those in its packet. */
    PropertyBag properties(PropertyBag inTopic, MqttPublishMessage packet) throws ProtocolException;

    /** How long after its arrival a client's message is of use to anybody; empty when the client does not say. */
    Optional<Duration> lifetime(MqttPublishMessage packet);

    /** A message for an input of a module, or for a device, with what is known of its end at {@code nowMillis}. */
    Publication input(Identity client, String input, Delivery delivery, long nowMillis);

    /** A publish with quality of service 1 is on disk. */
    MqttMessage published(int packetId);

    /** A publish with quality of service 1 could not be stored; empty when the version has no word for it, and the connection must end. */
    Optional<MqttMessage> notPublished(int packetId, Throwable why);

    MqttMessage subscribed(int packetId, List<SubAck> grants);

    MqttMessage unsubscribed(int packetId, List<UnsubAck> results);

    /** What a client that was let in is told before its connection is closed. */
    Optional<MqttMessage> goodbye(Departure why, Optional<Disconnect> code);
}
