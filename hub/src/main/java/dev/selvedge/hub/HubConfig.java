package dev.selvedge.hub;

import java.nio.file.Path;
import java.util.List;

import dev.selvedge.identity.MasterKey;

/**
 * What a hub's process is started with; what it obeys comes later, in the twin of {@code $edgeHub}.
 *
 * @param hosts names that clients connect to and sign their tokens for; the first is that of the modules
 * @param host address to listen on
 * @param mqttPort MQTT over TLS; 0 takes a free one
 * @param amqpPort AMQP over TLS; 0 takes a free one
 * @param httpsPort methods and WebSockets over TLS; 0 takes a free one
 * @param managementPort status page, metrics and health; 0 takes a free one
 * @param data folder on the volume
 * @param tls folder with {@code tls.crt} and {@code tls.key}; looked at again every few seconds
 * @param upstreamSecret folder with what the upstream wants to see; need not exist
 */
public record HubConfig(
        String deviceId,
        List<String> hosts,
        String host,
        int mqttPort,
        int amqpPort,
        int httpsPort,
        int managementPort,
        Path data,
        Path tls,
        Path upstreamSecret,
        MasterKey masterKey) {}
