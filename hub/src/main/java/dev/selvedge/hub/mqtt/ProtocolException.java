package dev.selvedge.hub.mqtt;

/** A client sent what no IoT Edge client sends: its connection ends. The message says what and why, for the log. */
final class ProtocolException extends Exception {
    ProtocolException(String message) {
        super(message);
    }

    ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
