package dev.selvedge.hub.upstream;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

import dev.selvedge.api.v1alpha1.MqttUpstream;
import dev.selvedge.api.v1alpha1.Upstream;
import dev.selvedge.hub.delivery.Endpoints;
import dev.selvedge.hub.upstream.mqtt.MqttUpstreamLink;
import org.jspecify.annotations.Nullable;

/**
 * The one link to the upstream that the configuration in force names; another broker replaces it, another limit only changes its pace. Any
 * thread.
 */
public final class Uplink implements AutoCloseable {
    private final Path secret;
    private final String clientId;
    private final Endpoints endpoints;
    private @Nullable MqttUpstream configured;
    private @Nullable MqttUpstreamLink link;

    /**
     * @param secret folder with what the upstream wants to see
     * @param clientId how the hub calls itself there
     */
    public Uplink(Path secret, String clientId, Endpoints endpoints) {
        this.secret = secret;
        this.clientId = clientId;
        this.endpoints = endpoints;
    }

    /** From now on this one, or none. */
    public synchronized void use(@Nullable Upstream upstream) {
        var broker = upstream == null ? null : upstream.mqtt();
        if (!Objects.equals(broker, configured)) {
            close();
            configured = broker;
            link = broker == null ? null : new MqttUpstreamLink(broker, secret, clientId, endpoints);
            if (link != null) {
                link.maxBitsPerSecond(limit(upstream));
                link.start();
            }
        } else if (link != null) {
            link.maxBitsPerSecond(limit(upstream));
        }
    }

    /** Whether the configuration in force names an upstream. */
    public synchronized boolean configured() {
        return configured != null;
    }

    private static long limit(@Nullable Upstream upstream) {
        var limit = upstream == null ? null : upstream.maxBitsPerSecond();
        return limit == null ? Long.MAX_VALUE : limit;
    }

    public synchronized boolean connected() {
        return link != null && link.connected();
    }

    /** How the link is; empty where the configuration names no upstream. */
    public synchronized Optional<State> state() {
        return Optional.ofNullable(link)
                .map(to -> new State(to.url(), to.connected(), to.connected() ? "" : to.trouble()));
    }

    /**
     * The link at one moment.
     *
     * @param trouble why it is not connected, in words; empty while it is, and before the first attempt has ended
     */
    public record State(String url, boolean connected, String trouble) {}

    @Override
    public synchronized void close() {
        configured = null;
        if (link != null) {
            link.close();
            link = null;
        }
    }
}
