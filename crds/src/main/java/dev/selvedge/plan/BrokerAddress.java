package dev.selvedge.plan;

import java.util.regex.Pattern;

/**
 * Where an MQTT broker listens, as {@code spec.upstream.mqtt.url} names it.
 *
 * @param host name or address, an IPv6 one without brackets; nobody has asked whether it exists
 * @param port 1 to 65535
 */
public record BrokerAddress(boolean tls, String host, int port) {
    private static final Pattern URL =
            Pattern.compile("mqtt(s?)://(?:\\[([0-9a-fA-F:]+)]|([A-Za-z0-9.-]+))(?::(\\d{1,5}))?/?");
    private static final int DEFAULT_PORT = 1883;
    private static final int DEFAULT_TLS_PORT = 8883;
    private static final int LAST_PORT = 65_535;

    /** @throws IllegalArgumentException when it is no such URL, saying why */
    public static BrokerAddress parse(String url) {
        var match = URL.matcher(url);
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "'" + url + "' is no address of a broker: mqtts://host:8883 or mqtt://host:1883 would be one");
        }
        var tls = !match.group(1).isEmpty();
        var host = match.group(2) == null ? match.group(3) : match.group(2);
        var port = match.group(4) == null ? tls ? DEFAULT_TLS_PORT : DEFAULT_PORT : Integer.parseInt(match.group(4));
        if (port < 1 || port > LAST_PORT) {
            throw new IllegalArgumentException("'" + url + "': there is no port " + port);
        }
        return new BrokerAddress(tls, host, port);
    }
}
