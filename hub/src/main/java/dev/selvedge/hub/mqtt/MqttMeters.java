package dev.selvedge.hub.mqtt;

import dev.selvedge.identity.Identity;

/** What the MQTT front counts. Any thread; must not block. */
public interface MqttMeters {
    /** Counts nothing. */
    MqttMeters NONE = new MqttMeters() {
        @Override
        public void connected(Identity client) {}

        @Override
        public void disconnected(Identity client) {}

        @Override
        public void refused(String reason) {}
    };

    /** A client was let in. */
    void connected(Identity client);

    /** A client that was let in is gone. */
    void disconnected(Identity client);

    /** A client was not let in; {@code reason} is one of a few fixed words. */
    void refused(String reason);
}
