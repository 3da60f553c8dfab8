package dev.selvedge.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.PodResource;
import org.jspecify.annotations.Nullable;

/** A broker as a pod, for clusters where no link can be cut: to cut it off is to stop it. What it has taken is on a volume of its own. */
final class PodMosquitto implements Mosquitto {
    private static final String NAMESPACE = "selvedge-broker";
    private static final String NAME = "broker";
    private static final String USER = "selvedge";
    private static final int PORT = 8883;
    private static final Duration SOON = Duration.ofMinutes(3);

    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {name: broker, namespace: selvedge-broker}
            spec:
              selector: {app: broker}
              ports: [{name: mqtts, port: 8883}]
            """;

    private static final String STATEFUL_SET = """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: broker, namespace: selvedge-broker}
            spec:
              replicas: 1
              serviceName: broker
              selector: {matchLabels: {app: broker}}
              template:
                metadata: {labels: {app: broker}}
                spec:
                  imagePullSecrets: [{name: registry}]
                  securityContext: {runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001}
                  containers:
                    - name: mosquitto
                      image: IMAGE
                      command: [/usr/sbin/mosquitto, -c, /config/mosquitto.conf]
                      readinessProbe: {tcpSocket: {port: 8883}, periodSeconds: 1}
                      volumeMounts: [{name: config, mountPath: /config}, {name: data, mountPath: /data}]
                  volumes: [{name: config, secret: {secretName: broker}}]
              volumeClaimTemplates:
                - metadata: {name: data}
                  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 256Mi}}}
            """;

    private static final String CONFIGURATION = """
            listener 8883
            certfile /config/tls.crt
            keyfile /config/tls.key
            password_file /config/passwords
            allow_anonymous false
            persistence true
            persistence_location /data/
            max_queued_messages 0
            max_inflight_messages 0
            """;

    private final KubernetesClient client;
    private final String address;
    private final Secret secret;
    private final int door;
    private @Nullable LocalPortForward forward;

    /** Starts it if it is not up. */
    PodMosquitto(Shell shell, Cluster cluster) {
        client = cluster.client();
        cluster.makeNamespace(NAMESPACE);
        address = client.resource(SERVICE).serverSideApply() instanceof Service service
                ? service.getSpec().getClusterIP()
                : "";
        var existing = client.secrets().inNamespace(NAMESPACE).withName(NAME).get();
        secret = existing != null ? existing : create(shell);
        client.resource(STATEFUL_SET.replace("IMAGE", Selvedge.image(shell, cluster, "mosquitto")))
                .serverSideApply();
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            door = free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no port is free", e);
        }
        restore();
    }

    private Secret create(Shell shell) {
        try {
            var folder = Files.createTempDirectory("selvedge-broker");
            var key = folder.resolve("tls.key");
            var certificate = folder.resolve("tls.crt");
            var passwords = folder.resolve("passwords");
            var password = UUID.randomUUID().toString();
            shell.run(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-days",
                    "365",
                    "-subj",
                    "/CN=broker",
                    "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:" + address,
                    "-keyout",
                    key.toString(),
                    "-out",
                    certificate.toString());
            shell.run("mosquitto_passwd", "-c", "-b", passwords.toString(), USER, password);
            var made = new SecretBuilder()
                    .withNewMetadata()
                    .withName(NAME)
                    .withNamespace(NAMESPACE)
                    .endMetadata()
                    .withStringData(Map.of(
                            "mosquitto.conf", CONFIGURATION,
                            "tls.crt", Files.readString(certificate),
                            "tls.key", Files.readString(key),
                            "passwords", Files.readString(passwords),
                            "password", password))
                    .build();
            for (var file : new Path[] {key, certificate, passwords, folder}) {
                Files.delete(file);
            }
            return client.resource(made).create();
        } catch (IOException e) {
            throw new UncheckedIOException("no certificate could be made for the broker", e);
        }
    }

    @Override
    public String url() {
        return "mqtts://" + address + ":" + PORT;
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return value("password");
    }

    @Override
    public String ca() {
        return value("tls.crt");
    }

    private String value(String key) {
        return new String(Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }

    @Override
    public int door() {
        return door;
    }

    @Override
    public void cut() {
        close();
        scale(0);
        Site.await(SOON, "the broker is gone", () -> pod().get() == null);
    }

    @Override
    public void restore() {
        if (forward != null) {
            return;
        }
        scale(1);
        Site.await(SOON, "the broker is ready", () -> pod().isReady());
        forward = pod().portForward(PORT, door);
    }

    private PodResource pod() {
        return client.pods().inNamespace(NAMESPACE).withName(NAME + "-0");
    }

    private void scale(int replicas) {
        client.apps().statefulSets().inNamespace(NAMESPACE).withName(NAME).scale(replicas);
    }

    /** Closes the door; the broker stays up with the cluster. */
    @Override
    public void close() {
        var open = forward;
        forward = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new UncheckedIOException("the broker's door cannot be closed", e);
            }
        }
    }
}
