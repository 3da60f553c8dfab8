package dev.selvedge.hub;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.selvedge.hub.amqp.AmqpFront;
import dev.selvedge.hub.amqp.AmqpOptions;
import dev.selvedge.hub.client.Callers;
import dev.selvedge.hub.client.Clients;
import dev.selvedge.hub.client.Services;
import dev.selvedge.hub.delivery.DeviceBound;
import dev.selvedge.hub.delivery.Pumps;
import dev.selvedge.hub.delivery.RoutedIntake;
import dev.selvedge.hub.desk.Access;
import dev.selvedge.hub.desk.OpenStore;
import dev.selvedge.hub.health.Health;
import dev.selvedge.hub.http.DeviceBoundDoor;
import dev.selvedge.hub.http.Doors;
import dev.selvedge.hub.http.HttpFront;
import dev.selvedge.hub.http.MethodsDoor;
import dev.selvedge.hub.log.Problems;
import dev.selvedge.hub.method.Methods;
import dev.selvedge.hub.metrics.HubMeters;
import dev.selvedge.hub.metrics.Management;
import dev.selvedge.hub.mqtt.MqttFront;
import dev.selvedge.hub.mqtt.MqttOptions;
import dev.selvedge.hub.net.Listener;
import dev.selvedge.hub.net.Tls;
import dev.selvedge.hub.page.StatusReader;
import dev.selvedge.hub.routing.InForce;
import dev.selvedge.hub.routing.RouterHolder;
import dev.selvedge.hub.security.Authenticator;
import dev.selvedge.hub.session.Sessions;
import dev.selvedge.hub.store.MessageStore;
import dev.selvedge.hub.store.StoreOptions;
import dev.selvedge.hub.store.WhenFull;
import dev.selvedge.hub.tls.PemKeyManager;
import dev.selvedge.hub.tls.PemTrustManager;
import dev.selvedge.hub.twin.StatusSink;
import dev.selvedge.hub.twin.TwinSource;
import dev.selvedge.hub.twin.Twins;
import dev.selvedge.hub.upstream.Uplink;
import dev.selvedge.identity.ConnectionString;
import dev.selvedge.identity.Identity;
import dev.selvedge.plan.HubConfiguration;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the parts of a hub in order and stops them in the opposite one: nobody is let in before what was accepted can be kept, and the store
 * closes after everybody who writes to it.
 */
public final class Lifecycle implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    private static final int SEGMENT_BYTES = 4 << 20;
    private static final long FREE_BYTES_FLOOR = 16 << 20;
    private static final int MAX_CLIENTS = 1000;
    /** Connections of one port that may be open without a client having been let in. */
    private static final int MAX_STRANGERS = 200;

    private static final long RELOAD_EVERY_MILLIS = 5000;
    private static final long LOOK_EVERY_MILLIS = 5000;
    /** A hub that gave up on a busy machine would only make it busier. */
    private static final long PART_STARTS_WITHIN_SECONDS = 60;

    private static final long PART_STOPS_WITHIN_SECONDS = 8;

    private final HubConfig config;
    private final Vertx vertx;
    private final MessageStore store;
    private final Twins twins;
    private final TwinSource source;
    private final StatusSink sink;
    private final Pumps pumps;
    private final Uplink uplink;
    private final Clients clients;
    private final MqttFront mqtt;
    private final AmqpFront amqp;
    private final HttpFront https;
    private final Management management;
    private final Health health;

    private Lifecycle(HubConfig config, TwinSource source, StatusSink sink, Callers callers, InstantSource clock)
            throws IOException {
        this.config = config;
        this.source = source;
        this.sink = sink;
        var hub = Identity.hub(config.deviceId());
        var options = new StoreOptions(Long.MAX_VALUE, SEGMENT_BYTES, FREE_BYTES_FLOOR);
        store = MessageStore.open(config.data().resolve("store"), config.deviceId(), options, clock);
        var certificate = new PemKeyManager(config.tls());
        var authorities = new PemTrustManager(config.tls());
        vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
        vertx.setPeriodic(
                RELOAD_EVERY_MILLIS,
                _ -> vertx.executeBlocking(() -> {
                    authorities.reloadIfChanged();
                    certificate.reloadIfChanged();
                    return true;
                }));
        twins = new Twins(store.journal(), sink, hub);
        var routers = new RouterHolder(twins, hub, store.journal());
        pumps = new Pumps(store);
        uplink = new Uplink(config.upstreamSecret(), "selvedge-" + config.deviceId(), pumps);
        var intake = new RoutedIntake(routers, store, clock);
        var meters = new HubMeters(store, intake, routers, uplink, certificate::ends, clock);
        var names = new HashSet<>(config.hosts());
        config.hosts().forEach(host -> names.add(ConnectionString.hubName(host)));
        var authenticator = new Authenticator(config.masterKey(), twins, names, clock);
        var sessions = new Sessions(store.journal(), clock);
        clients = new Clients(twins, routers, sessions, meters, MAX_CLIENTS);
        var methods = new Methods(twins);
        var services = new Services(authenticator, twins, sessions, intake, pumps, routers, methods, meters, clients);
        var tls = new Tls(KeyCertOptions.wrap(certificate), TrustOptions.wrap(authorities));
        mqtt = new MqttFront(vertx, address(config.mqttPort()), tls, services, MqttOptions.DEFAULT);
        amqp = new AmqpFront(vertx, address(config.amqpPort()), tls, services, AmqpOptions.DEFAULT);
        https = new HttpFront(
                vertx,
                address(config.httpsPort()),
                tls,
                Doors.of(
                        authenticator,
                        callers,
                        new MethodsDoor(methods),
                        new DeviceBoundDoor(hub, twins, DeviceBound.into(store, clock), clock)),
                Map.of("mqtt", mqtt::accept, "AMQPWSB10", amqp::accept),
                HttpFront.PATIENCE);
        health = new Health(
                twins.conditions(), new HubFacts(hub, twins, store, intake, uplink), twins::conditions, clock);
        meters.tell(health);
        vertx.setPeriodic(
                LOOK_EVERY_MILLIS,
                _ -> vertx.executeBlocking(() -> {
                    if (routers.current().isPresent()) {
                        health.look();
                    }
                    return true;
                }));
        var status = new StatusReader(config.deviceId(), store, routers, twins, uplink, Problems.LOGGED, clock);
        management = new Management(
                vertx,
                meters,
                status,
                new OpenStore(store, clock),
                () -> routers.current().isPresent(),
                HttpFront.PATIENCE);
        routers.onChange(this::obey);
    }

    /**
     * Starts a hub.
     *
     * @throws IOException when the store or the certificate cannot be used, or a port is taken
     */
    public static Lifecycle start(
            HubConfig config, TwinSource source, StatusSink sink, Callers callers, InstantSource clock)
            throws IOException {
        var hub = new Lifecycle(config, source, sink, callers, clock);
        try {
            hub.let(await(hub.management.start(config.host(), config.managementPort()), PART_STARTS_WITHIN_SECONDS));
            await(hub.mqtt.start(), PART_STARTS_WITHIN_SECONDS);
            await(hub.amqp.start(), PART_STARTS_WITHIN_SECONDS);
            await(hub.https.start(), PART_STARTS_WITHIN_SECONDS);
            source.start(hub.twins);
            LOG.info("hub started: device={}", config.deviceId());
            return hub;
        } catch (IOException | RuntimeException e) {
            hub.close();
            throw e;
        }
    }

    /** A hub whose volume is full delivers all the same: only its tools cannot reach it. */
    private void let(Access access) {
        try {
            access.write(config.data());
        } catch (IOException e) {
            LOG.warn("selvedge-hub store will not reach this hub: no token in {}: {}", config.data(), e.toString());
        }
    }

    /** Is called when the hub can keep nothing any more: its process must end, and be started again. */
    public void onStoreFailure(Runnable listener) {
        store.onFailure(cause -> {
            LOG.error("the store failed, the hub ends", cause);
            listener.run();
        });
    }

    private Listener.Address address(int port) {
        return new Listener.Address(config.host(), port, MAX_CLIENTS + MAX_STRANGERS);
    }

    private void obey(InForce inForce) {
        obey(inForce.configuration(), store);
        uplink.use(inForce.configuration().upstream());
    }

    static void obey(HubConfiguration configuration, MessageStore store) {
        store.maxBytes(configuration.maxBytes());
        store.backlogShare(configuration.backlogShare());
        store.whenFull(
                switch (configuration.whenFull()) {
                    case RejectNew -> WhenFull.REJECT_NEW;
                    case DropOldest -> WhenFull.DROP_OLDEST;
                    case DropLowestPriority -> WhenFull.DROP_LOWEST_PRIORITY;
                });
    }

    /** Lets nobody in any more, settles what was received, and closes the store. What waits is delivered after the next start. */
    @Override
    public void close() {
        health.stop();
        clients.close();
        // side by side, the one with the others' WebSockets first: who is sent away is back at once, and must find no
        // port that is half open
        var ports = Map.of("HTTPS", https.stop(), "MQTT", mqtt.stop(), "AMQP", amqp.stop());
        ports.forEach((port, stopped) -> stop(port, () -> await(stopped, PART_STOPS_WITHIN_SECONDS)));
        stop("twin source", source::close);
        stop("upstream", uplink::close);
        stop("delivery", pumps::close);
        stop("access to the store", () -> Access.remove(config.data()));
        stop("store", store::close);
        stop("status", sink::close);
        stop("network", () -> await(vertx.close(), PART_STOPS_WITHIN_SECONDS));
        LOG.info("hub stopped");
    }

    private static void stop(String part, Part close) {
        try {
            close.close();
        } catch (IOException | RuntimeException e) {
            LOG.error("{} did not stop cleanly", part, e);
        }
    }

    private static <T> T await(Future<T> future, long seconds) throws IOException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + seconds + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Something that is stopped. */
    private interface Part {
        void close() throws IOException;
    }
}
