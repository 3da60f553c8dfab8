package dev.selvedge.hub.mqtt;

import java.util.OptionalLong;

import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttVersion;

/**
 * What a client asks for in its CONNECT beyond who it is, in the words of MQTT 5 (section 3.1.2.11). For 3.1.1, which cannot say most of it, the
 * values are those that change nothing.
 *
 * @param cleanStart whether a session that it left must go
 * @param sessionSeconds how long its session outlives the connection; 0 is not at all, {@link #FOREVER} for ever
 * @param receiveMaximum most publishes with quality of service 1 that it takes without having acknowledged them
 * @param maximumPacketSize largest packet that it takes, in bytes
 * @param wantsReasons whether it wants words beside the codes of single packets
 */
record Terms(
        boolean cleanStart, long sessionSeconds, int receiveMaximum, long maximumPacketSize, boolean wantsReasons) {
    static final long FOREVER = 0xffff_ffffL;

    private static final int NO_LIMIT = 0xffff;

    static Terms of(MqttConnectMessage packet) throws ProtocolException {
        var header = packet.variableHeader();
        var clean = header.isCleanSession();
        if (header.version() < MqttVersion.MQTT_5.protocolLevel()) {
            return new Terms(clean, clean ? 0 : FOREVER, NO_LIMIT, Long.MAX_VALUE, false);
        }
        var properties = header.properties();
        var receiveMaximum = number(properties, MqttProperties.RECEIVE_MAXIMUM).orElse(NO_LIMIT);
        var maximumPacketSize = number(properties, MqttProperties.MAXIMUM_PACKET_SIZE);
        if (receiveMaximum == 0 || maximumPacketSize.equals(OptionalLong.of(0))) {
            throw new ProtocolException("a receive maximum or a maximum packet size of 0");
        }
        return new Terms(
                clean,
                sessionSeconds(properties).orElse(0),
                (int) receiveMaximum,
                maximumPacketSize.orElse(Long.MAX_VALUE),
                number(properties, MqttProperties.REQUEST_PROBLEM_INFORMATION).orElse(1) != 0);
    }

    /** The session expiry interval in a CONNECT or DISCONNECT. */
    static OptionalLong sessionSeconds(MqttProperties properties) {
        return number(properties, MqttProperties.SESSION_EXPIRY_INTERVAL);
    }

    /** Whether the session outlives the connection. */
    boolean keepsSession() {
        return sessionSeconds > 0;
    }

    Terms withSessionSeconds(long seconds) {
        return new Terms(cleanStart, seconds, receiveMaximum, maximumPacketSize, wantsReasons);
    }

    private static OptionalLong number(MqttProperties properties, int id) {
        return properties.getProperty(id) instanceof IntegerProperty property
                ? OptionalLong.of(Integer.toUnsignedLong(property.value()))
                : OptionalLong.empty();
    }
}
