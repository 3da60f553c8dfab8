package dev.selvedge.operator;

import java.time.Duration;
import java.time.InstantSource;

import dev.selvedge.json.ShallowJson;
import dev.selvedge.plan.SiteNode;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the operator until it is told to stop, or can no longer work; then the process ends and Kubernetes starts it anew. */
public final class OperatorMain {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorMain.class);

    /** In milliseconds. */
    private static final long PING = 15_000;

    /** The first pass over a site of a thousand nodes takes minutes; Micrometer's histograms end at 30 s if nobody says otherwise. */
    private static final Duration LONGEST_PASS = Duration.ofMinutes(10);

    private OperatorMain() {}

    public static void main(String[] args) {
        try {
            run(OperatorConfig.from(System.getenv()));
        } catch (RuntimeException e) {
            LOG.error("The operator cannot start: {}", e.getMessage(), e);
            Runtime.getRuntime().halt(1);
        }
    }

    private static void run(OperatorConfig config) {
        var registry = registry();
        var client = client(Config.autoConfigure(null));
        var operator = new SelvedgeOperator(
                config,
                client,
                InstantSource.system(),
                MicrometerMetrics.withoutPerResourceMetrics(registry),
                OperatorMain::lost);
        registry.getPrometheusRegistry().register(operator.collector());
        var management = new Management(config.managementPort(), registry::scrape, () -> true, operator::ready);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(operator, management, client), "stop"));
        operator.start();
        LOG.info(
                "The operator watches {}, on {}",
                config.watchNamespaces().isEmpty() ? "all namespaces" : config.watchNamespaces(),
                config.nodes().isEmpty()
                        ? "all nodes"
                        : config.nodes().stream().map(SiteNode::name).toList());
    }

    /** What is told of the process itself. */
    static PrometheusMeterRegistry registry() {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.config().meterFilter(MeterFilter.maxExpected("operator.sdk", LONGEST_PASS));
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        return registry;
    }

    /** One that no object keeps from hearing of the others, however deep it is nested. */
    static KubernetesClient client(Config config) {
        return new KubernetesClientBuilder()
                .withConfig(patient(config))
                .withKubernetesSerialization(new KubernetesSerialization(ShallowJson.mapper(), true))
                .build();
    }

    /** How long the operator waits for an API server: a connection that fell silent is found dead by the second ping without an answer. */
    static Config patient(Config config) {
        return new ConfigBuilder(config)
                .withRequestRetryBackoffLimit(2)
                .withWebsocketPingInterval(PING)
                .build();
    }

    /** Halts without the shutdown hook: stopping an operator from within its own election can wait for itself. */
    private static void lost() {
        LOG.error("A watch ended for good, or another operator leads: ending");
        Runtime.getRuntime().halt(1);
    }

    private static void stop(SelvedgeOperator operator, Management management, KubernetesClient client) {
        LOG.info("Stopping");
        operator.close();
        management.close();
        client.close();
    }
}
