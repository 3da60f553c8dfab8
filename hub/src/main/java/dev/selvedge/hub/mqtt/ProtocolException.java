package dev.selvedge.hub.mqtt;

import io.netty.handler.codec.mqtt.MqttReasonCodes.Disconnect;

/**
 * A client sent what no IoT Edge client sends: its connection ends. The message says what and why, for the log; the code says it to a client that
 * speaks MQTT 5.
 */
final class ProtocolException extends Exception {
    private final Disconnect code;

    ProtocolException(Disconnect code, String message) {
        super(message);
        this.code = code;
    }

    ProtocolException(String message) {
        this(Disconnect.PROTOCOL_ERROR, message);
    }

    ProtocolException(String message, Throwable cause) {
        super(message, cause);
        code = Disconnect.PROTOCOL_ERROR;
    }

    /** About what is another client's. */
    static ProtocolException foreign(String message) {
        return new ProtocolException(Disconnect.NOT_AUTHORIZED, message);
    }

    /** About a topic that means nothing. */
    static ProtocolException topic(String message) {
        return new ProtocolException(Disconnect.TOPIC_NAME_INVALID, message);
    }

    Disconnect code() {
        return code;
    }
}
