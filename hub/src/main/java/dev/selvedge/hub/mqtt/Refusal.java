package dev.selvedge.hub.mqtt;

import java.util.Locale;

import io.netty.handler.codec.mqtt.MqttConnectReturnCode;

/** Why a client is not let in, with the return code of MQTT 3.1.1 and the reason code of MQTT 5. */
enum Refusal {
    PROTOCOL(
            MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
            MqttConnectReturnCode.CONNECTION_REFUSED_UNSUPPORTED_PROTOCOL_VERSION),
    CLIENT_ID(
            MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED,
            MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID),
    NOT_CONFIGURED(
            MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
            MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5),
    TOO_MANY_CLIENTS(
            MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
            MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED),
    USER_NAME(
            MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD,
            MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD),
    NOT_AUTHENTICATED(
            MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
            MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5),
    /** Who was told that it is not authorized would not come back: Node's SDK gives up for good. */
    UNKNOWN_IDENTITY(
            MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
            MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5),
    AUTHENTICATION_METHOD(
            MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
            MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD),
    WILL(
            MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED,
            MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID);

    private final MqttConnectReturnCode code311;
    private final MqttConnectReturnCode code5;

    Refusal(MqttConnectReturnCode code311, MqttConnectReturnCode code5) {
        this.code311 = code311;
        this.code5 = code5;
    }

    MqttConnectReturnCode code311() {
        return code311;
    }

    MqttConnectReturnCode code5() {
        return code5;
    }

    /** As the metric of refused clients has it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
