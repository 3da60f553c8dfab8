package dev.selvedge.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import dev.selvedge.api.v1alpha1.EdgeModule;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The Java and the Node.js SDK as pods, over each of their transports: a sensor that sends, and a filter that receives and reports. */
@Tag("cluster")
@ExtendWith(Plant.Extension.class)
class TransportTest {
    private static final Duration SOON = Duration.ofMinutes(2);
    private static final List<String> TRANSPORTS = List.of("MQTT", "MQTT_WS", "AMQPS", "AMQPS_WS");

    private static String node = "";

    @BeforeAll
    static void run(Plant plant) throws IOException {
        node = plant.run().getFirst();
        for (var transport : TRANSPORTS) {
            modules(plant, transport)
                    .forEach(module -> plant.cluster()
                            .client()
                            .resource(module)
                            .forceConflicts()
                            .serverSideApply());
        }
    }

    /** The filters go last, and the routes with them: what waits where no route leads any more stays until its time to live ends. */
    @AfterAll
    static void settle(Plant plant) {
        delete(plant, TransportTest::sensor);
        plant.settle();
        delete(plant, TransportTest::filter);
    }

    private static void delete(Plant plant, UnaryOperator<String> name) {
        var names = TRANSPORTS.stream().map(name).toList();
        names.forEach(module -> plant.site().module(module).delete());
        Site.await(
                SOON,
                "their pods are gone",
                () -> names.stream()
                        .allMatch(module -> plant.site().modulePods(module).isEmpty()));
    }

    static List<String> transports() {
        return TRANSPORTS;
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aSensorAndAFilterWork(String transport, Plant plant) {
        var site = plant.site();
        site.awaitReady(sensor(transport));
        site.awaitReady(filter(transport));

        Site.await(
                SOON,
                "the sensor obeys its twin",
                () -> site.reported(sensor(transport), node, "interval").equals("0.25"));
        Site.await(
                SOON,
                "the filter has taken and forwarded readings",
                () -> Integer.parseInt(site.reported(filter(transport), node, "forwarded")) > 5);
        site.patchDesired(filter(transport), node, "{\"threshold\":-51}");
        Site.await(
                SOON,
                "the filter obeys its twin",
                () -> site.reported(filter(transport), node, "threshold").equals("-51"));
        assertThat(site.modulePods(sensor(transport))).hasSize(1);
    }

    private static String sensor(String transport) {
        return "sensor-" + suffix(transport);
    }

    private static String filter(String transport) {
        return "filter-" + suffix(transport);
    }

    private static String suffix(String transport) {
        return transport.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<EdgeModule> modules(Plant plant, String transport) {
        return Stream.of(
                        """
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: %1$s, namespace: site}
                        spec:
                          image: %2$s
                          nodeSelector: {kubernetes.io/hostname: %3$s}
                          env: [{name: TRANSPORT, value: %4$s}]
                          twin: {desired: {interval: 0.25}}
                        """.formatted(
                                        sensor(transport),
                                        Selvedge.image(plant.shell(), plant.cluster(), "weather-sensor"),
                                        node,
                                        transport),
                        """
                        apiVersion: selvedge.dev/v1alpha1
                        kind: EdgeModule
                        metadata: {name: %1$s, namespace: site}
                        spec:
                          image: %2$s
                          nodeSelector: {kubernetes.io/hostname: %3$s}
                          env: [{name: TRANSPORT, value: %4$s}]
                          routes:
                            fromSensor: {route: 'FROM /messages/modules/%5$s/outputs/weatherOutput INTO BrokeredEndpoint("/modules/%1$s/inputs/input1")'}
                          twin: {desired: {threshold: -50}}
                        """.formatted(
                                        filter(transport),
                                        Selvedge.image(plant.shell(), plant.cluster(), "filter"),
                                        node,
                                        transport,
                                        sensor(transport)))
                .map(text -> Serialization.unmarshal(text, EdgeModule.class))
                .toList();
    }
}
